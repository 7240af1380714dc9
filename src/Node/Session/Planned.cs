using Lockstep.Protos;

namespace Lockstep.Node.Session;

/// <summary>A generation begins: compute by this plan.</summary>
public sealed record Planned(Plan Plan) : SessionEvent;
