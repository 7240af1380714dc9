using Lockstep.Models;
using Lockstep.Node.Data;

namespace Lockstep.Node.Hosting;

/// <summary>What a node has made from its recipe before it greets the coordinator.</summary>
public sealed record NodeRun(string Name, int Lanes, int Workers, ISampleSource Source, RunShape Shape, IPretrainingMethod Method);
