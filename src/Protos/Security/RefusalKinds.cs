namespace Lockstep.Protos.Security;

/// <summary>Why somebody was turned away, in one word: the attribute <see cref="TelemetryNames.RefusalKind"/>.</summary>
public static class RefusalKinds
{
    /// <summary>No certificate, one that is not trusted, plain text, or a TLS handshake that was never finished.</summary>
    public const string Handshake = "handshake";

    /// <summary>A call without the join token, or with a wrong one.</summary>
    public const string Token = "token";

    /// <summary>A session that did not greet in time or at all, or one too many.</summary>
    public const string Session = "session";

    /// <summary>A node of another recipe, dataset or kind.</summary>
    public const string Node = "node";

    /// <summary>A node that holds a state of another run, or sums of one.</summary>
    public const string Run = "run";

    /// <summary>A message that does not belong to the protocol or is longer than any that does, or a chunk of sums that is not as its sender made it.</summary>
    public const string Message = "message";

    /// <summary>A stream of sums of a generation that is over, or has not begun: it happens whenever one ends.</summary>
    public const string Stream = "stream";

    internal static readonly string[] All = [Handshake, Token, Session, Node, Run, Message, Stream];
}
