namespace Grpc.Core;

/// <summary>Adds authentication headers to a call.</summary>
public delegate Task AsyncAuthInterceptor(AuthInterceptorContext context, Metadata metadata);
