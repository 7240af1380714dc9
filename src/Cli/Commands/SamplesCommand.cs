using System.CommandLine;
using System.Globalization;
using Lockstep.Node.Data;
using Lockstep.Node.Images;
using Lockstep.Node.Samples;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep samples: a labelled folder of synthetic images.</summary>
internal static class SamplesCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "Folder to make; train/ and test/ are written into it." };
        var train = new Option<int>("--train") { Description = "Training images a class (10 classes).", DefaultValueFactory = _ => 160 };
        var test = new Option<int>("--test") { Description = "Test images a class.", DefaultValueFactory = _ => 40 };
        var size = new Option<int>("--size") { Description = "Side of an image, pixels.", DefaultValueFactory = _ => 48 };
        var seed = new Option<ulong>("--seed") { Description = "Equal seeds make equal images.", DefaultValueFactory = _ => 0 };
        train.Require(n => n >= 1, "--train must be a number, at least 1");
        test.Require(n => n >= 0, "--test must be a number, at least 0");
        size.Require(n => n >= 8, "--size must be a number, at least 8");
        var command = new Command("samples", """
            Makes a labelled folder of varied synthetic JPEGs: 10 classes that need shape and texture to tell apart.

            Example:
              lockstep samples pictures --train 200 --test 50
            """) { folder, train, test, size, seed };
        command.SetAction(parsed =>
        {
            Write(parsed.GetValue(folder)!, parsed.GetValue(train), parsed.GetValue(test), parsed.GetValue(seed), parsed.GetValue(size));
            return 0;
        });
        return command;
    }

    /// <exception cref="DataException">The folder holds something else.</exception>
    internal static void Write(string folder, int trainPerClass, int testPerClass, ulong seed, int size)
    {
        var live = !Console.IsOutputRedirected;
        var result = SampleSet.Write(folder, trainPerClass, testPerClass, seed, size, (rgb, w, h) => JpegEncoder.EncodeRgb(rgb, w, h),
            (done, all) =>
            {
                if (live && (done % 50 == 0 || done == all)) Console.Write(string.Create(CultureInfo.InvariantCulture, $"\r\u001b[Kimages {done}/{all}"));
            });
        if (live) Console.WriteLine();
        if (!result.Succeeded) throw new DataException(result.Refusal!);
        Console.WriteLine($"{folder}: {result.Written} images written, {result.Reused} were there; {SampleClass.All.Count} classes of {size} x {size} pixels");
    }
}
