using Lockstep.Protos;

namespace Lockstep.Node.Session;

/// <summary>The run ends; nothing more will come.</summary>
public sealed record Finished(Finish Finish) : SessionEvent;
