using Google.Protobuf;
using Lockstep.Cluster.Tests.Telemetry.Otlp;

namespace Lockstep.Cluster.Tests.Telemetry;

/// <summary>A span as the collector got it.</summary>
/// <param name="Service">service.name of its resource.</param>
/// <param name="Instance">service.instance.id.</param>
/// <param name="Scope">The source that it came from.</param>
internal sealed record ReceivedSpan(string Service, string Instance, string Scope, Span Span)
{
    public string Name => Span.Name;

    public string Trace => Hex(Span.TraceId);

    public string Id => Hex(Span.SpanId);

    /// <summary>Empty for a root.</summary>
    public string Parent => Hex(Span.ParentSpanId);

    public bool IsError => Span.Status is { Code: 2 };

    public IEnumerable<string> Links => Span.Links.Select(link => Hex(link.SpanId));

    public AnyValue? this[string attribute] => Span.Attributes.FirstOrDefault(a => a.Key == attribute)?.Value;

    public override string ToString() => $"{Service}/{Instance} {Name} trace {Trace} span {Id} parent {Parent} {(IsError ? "error " : "")}{string.Join(' ', Span.Attributes.Select(a => $"{a.Key}={a.Value}"))}";

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
