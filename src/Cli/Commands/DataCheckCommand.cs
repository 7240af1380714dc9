using System.CommandLine;
using System.Globalization;
using Lockstep.Cli.Launch;
using Lockstep.Node.Data.Inspection;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep data check: finds every image that training cannot use, and those that may surprise.</summary>
internal static class DataCheckCommand
{
    internal static Command Create()
    {
        var source = DataCommand.Argument();
        var output = new Option<string?>("--output") { Description = "FILE to list the findings in: path, kind and reason between tabs, in the order of the images." };
        var threads = new Option<int>("--threads") { Description = "Images decoded at a time.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var strict = new Option<bool>("--strict") { Description = "What can be used but may surprise gives exit status 1 too." };
        var minSide = new Option<int>("--min-side") { Description = "An image whose shorter side has fewer pixels is called tiny.", DefaultValueFactory = _ => 16 };
        threads.Require(n => n is >= 1 and <= 1024, "--threads must be a number between 1 and 1024");
        minSide.Require(n => n >= 0, "--min-side must be a number, at least 0");
        var command = new Command("check", """
            Reads and decodes every image. Exit status 1 if there is one that training cannot use: unreadable, empty, not an
            image, truncated, corrupt, too large, animated or of an unsupported kind. What can be used but may surprise is
            told as well: CMYK, 16-bit, turned by EXIF, first picture of an animation, tiny, wrong extension, duplicate.

            Example:
              lockstep data check photos/train --output findings.tsv
            """) { source, output, threads, strict, minSide };
        command.SetAction(parsed => Run(parsed.GetValue(source)!, parsed.GetValue(output), parsed.GetValue(threads), parsed.GetValue(strict), parsed.GetValue(minSide)));
        return command;
    }

    private static int Run(string path, string? output, int threads, bool strict, int minSide)
    {
        var source = DataCommand.Open(path);
        using var interrupt = new Interrupt();
        using var list = output is null ? null : new StreamWriter(output); // before the work, which would be in vain where this fails
        var line = new InspectionLine();
        var report = new DatasetCheck(source, minSide, threads).Run(line.Show, interrupt.Token);
        line.End();
        foreach (var finding in report.Findings) list?.WriteLine(finding.ToLine());
        Print(path, report, line.Elapsed, output);
        if (!report.Complete) return Interrupt.Status;
        return report.Faults > 0 || strict && report.Findings.Count > 0 ? 1 : 0;
    }

    private static string Images(int count) => count == 1 ? "image is" : "images are";

    private static void Print(string path, CheckReport report, TimeSpan elapsed, string? output)
    {
        var stopped = report.Complete ? "" : $" of {report.Samples:N0} (stopped; nothing is said of the others)";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{path}: {report.Seen:N0}{stopped} images, {report.Bytes / 1e6:N1} MB, looked at in {elapsed.TotalSeconds:F1} s"));
        foreach (var (kind, count) in report.Kinds)
        {
            var first = report.Findings.First(f => f.Kind == kind);
            Console.WriteLine($"  {(kind.IsFault() ? "fault" : "note "),-5}  {kind.NameOf(),-16} {count,9:N0}   {first.Name}: {first.Reason}");
        }
        if (report.Replaced > 0) Console.WriteLine($"{report.Replaced:N0} {Images(report.Replaced)} broken: training replaces each by another image, up to the share Data:MaxBrokenShare.");
        if (report.Unreadable > 0) Console.WriteLine($"{report.Unreadable:N0} {Images(report.Unreadable)} unreadable: training waits for each as long as Data:ReadRetrySeconds says, and then stops. Mend the files, or the right to read them; or take them out and index again.");
        if (report.Faults == 0) Console.WriteLine(report.Complete ? "Every image can be used." : "Of those looked at, every image can be used.");
        if (output is not null) Console.WriteLine($"The list of {report.Findings.Count:N0} findings is in {output}.");
        else if (report.Findings.Count > report.Kinds.Count) Console.WriteLine("The first of each kind is shown; --output FILE lists them all.");
    }
}
