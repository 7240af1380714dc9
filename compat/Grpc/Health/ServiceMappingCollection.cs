using System.Collections;

namespace Grpc.AspNetCore.HealthChecks;

/// <summary>Mappings of health checks to service names, one a name.</summary>
public sealed class ServiceMappingCollection : IEnumerable<ServiceMapping>
{
    private readonly Dictionary<string, ServiceMapping> _mappings = [];

    public void Clear() => _mappings.Clear();

    public void Remove(string name) => _mappings.Remove(name);

    public void Add(ServiceMapping service) => _mappings.Add(service.Name, service);

    /// <summary>Replaces the mapping of that name.</summary>
    public void Map(string name, Func<HealthCheckMapContext, bool> predicate) => _mappings[name] = new ServiceMapping(name, predicate);

    public IEnumerator<ServiceMapping> GetEnumerator() => _mappings.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal ServiceMapping? Find(string name) => _mappings.GetValueOrDefault(name);
}
