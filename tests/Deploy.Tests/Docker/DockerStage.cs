namespace Lockstep.Deploy.Tests.Docker;

/// <summary>One FROM ... AS ... with what follows it.</summary>
internal sealed record DockerStage(string Name, string From, List<(string Word, string Text)> Instructions);
