using System.Text.RegularExpressions;

namespace Lockstep.Deploy.Tests.Docker;

/// <summary>deploy/docker/Dockerfile, stage by stage.</summary>
internal static partial class Dockerfile
{
    public const string Path = "deploy/docker/Dockerfile";

    /// <summary>The stages in order.</summary>
    public static IReadOnlyList<DockerStage> Stages { get; } = Read();

    public static DockerStage Stage(string name) => Stages.Single(stage => stage.Name == name);

    /// <summary>What a stage has of its own and of the stages that it is made from, oldest first.</summary>
    public static IReadOnlyList<(string Word, string Text)> Whole(string name)
    {
        var stage = Stage(name);
        return Stages.Any(other => other.Name == stage.From) ? [.. Whole(stage.From), .. stage.Instructions] : stage.Instructions;
    }

    private static List<DockerStage> Read()
    {
        var stages = new List<DockerStage>();
        var text = Continuation().Replace(string.Join('\n', Repository.Read(Path).Split('\n').Where(line => !line.TrimStart().StartsWith('#'))), " ");
        foreach (var line in text.Split('\n').Where(line => line.Length > 0))
        {
            var (word, rest) = (line.Split(' ')[0], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim());
            if (word == "FROM")
            {
                var parts = rest.Split(' ');
                stages.Add(new(parts[2], parts[0], []));
            }
            else if (stages.Count > 0) stages[^1].Instructions.Add((word, rest));
        }
        return stages;
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continuation();
}
