using System.Reflection;
using System.Runtime.InteropServices;
using Xunit;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>What the loop calls a finding. A hang and a native fault end the process, so they are not tried here.</summary>
public sealed class FuzzLoopTests : IDisposable
{
    private readonly string _note = Path.GetTempFileName();

    public void Dispose() => File.Delete(_note);

    [Fact]
    public void Run_TargetThatLeaksAFile_IsFoundByItsName()
    {
        var leaked = new List<FileStream>();
        try
        {
            var fault = Fails(_ => leaked.Add(new FileStream(_note, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)), cases: 2, ProcessUse.Now);
            Assert.Contains($"opened meanwhile: ", fault.Message, StringComparison.Ordinal);
            Assert.Contains(_note, fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            leaked.ForEach(file => file.Dispose());
        }
    }

    [Fact]
    public void OpenedSince_AssemblyThatIsLoadedMeanwhile_IsNoLeak()
    {
        var before = ProcessUse.Now();
        var assembly = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "Microsoft.VisualBasic.Core.dll"); // which nothing here uses
        Assert.Equal(assembly, Assembly.LoadFrom(assembly).Location);
        Assert.DoesNotContain(assembly, ProcessUse.Now().OpenedSince(before));
    }

    [Fact]
    public void Run_TargetThatLeaks_IsFound()
    {
        var leaked = new List<nint>();
        try
        {
            var fault = Fails(_ =>
            {
                leaked.Add(Marshal.AllocHGlobal(8000));
                if (leaked.Count % 2 == 0) throw new FormatException();
            }, cases: 2000, ProcessUse.Now);
            Assert.Contains("something leaks", fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            leaked.ForEach(Marshal.FreeHGlobal);
        }
    }

    [Fact]
    public void Run_OtherExceptionThanARefusal_IsFound() =>
        Assert.Equal("a bug", Fails(_ => throw new InvalidOperationException("a bug"), cases: 1).Message);

    [Fact]
    public void Run_NothingEverRefused_IsFound() =>
        Assert.Contains("too one-sided", Fails(_ => { }, cases: 600).Message, StringComparison.Ordinal);

    // Other tests run in this process: only who asks is told of all that it holds.
    private InvalidOperationException Fails(FuzzFeed feed, int cases, Func<ProcessUse>? use = null)
    {
        using var loop = new FuzzLoop(seed: 1, _note, use ?? (() => new ProcessUse(0, 0, [])));
        var target = new FuzzTarget("trial", [[1, 2, 3, 4, 5, 6, 7, 8]], feed, e => e is FormatException);
        return Assert.Throws<InvalidOperationException>(() => loop.Run([target], cases));
    }
}
