using System.CommandLine;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep inspect: what a checkpoint holds, checked.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("CHECKPOINT") { Description = WeightsOptions.Argument };
        var tensors = new Option<bool>("--tensors") { Description = "Lists every tensor." };
        var command = new Command("inspect", """
            Says what a checkpoint holds and checks its digest, or what a weights file holds. A .pth file is not run, only read.

            Examples:
              lockstep inspect runs/dino-cifar10 --tensors
              lockstep inspect dino_deitsmall16_pretrain.pth
            """) { path, tensors };
        command.SetAction(parsed =>
        {
            if (File.Exists(parsed.GetValue(path)))
            {
                WeightsInspection.Write(parsed.GetValue(path)!, parsed.GetValue(tensors));
                return 0;
            }
            using var model = LoadedModel.FromCheckpoint(parsed.GetValue(path)!, "teacher"); // checks the digest
            var folder = parsed.GetValue(path)!;
            var checkpoint = Directory.Exists(Path.Combine(folder, "checkpoints"))
                ? new CheckpointStore(folder).Latest(_ => { })!
                : Checkpoint.Open(folder);
            var manifest = checkpoint.Manifest;
            Console.WriteLine($"folder   {checkpoint.Folder}");
            Console.WriteLine($"step     {manifest.Step} (epoch {manifest.Epoch})");
            Console.WriteLine($"digest   {manifest.Digest} (checked)");
            Console.WriteLine($"written  {manifest.Written:u}");
            Console.WriteLine($"run      {manifest.Run}, recipe {manifest.RecipeHash[..12]}, {manifest.Samples} images ({manifest.DatasetHash[..12]})");
            foreach (var (name, layout) in model.State.Layout.Sections)
            {
                var count = layout.Entries.Sum(e => e.Length);
                Console.WriteLine($"{name,-12} {layout.Entries.Count,4} tensors, {count,12:N0} numbers");
            }
            if (parsed.GetValue(tensors)) ListTensors(Path.Combine(checkpoint.Folder, Checkpoint.StateFile));
            return 0;
        });
        return command;
    }

    private static void ListTensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (var tensor in file.Tensors.Values) Console.WriteLine($"  {tensor.Name,-56} [{string.Join(", ", tensor.Shape)}]");
    }
}
