namespace Grpc.Core;

/// <summary>Carries the context of a server call to its child calls. Nothing here or in Grpc.AspNetCore creates one.</summary>
public abstract class ContextPropagationToken
{
    internal ContextPropagationToken()
    {
    }
}
