using System.Runtime.InteropServices;

namespace Lockstep.Benchmarks.Data;

/// <summary>Processor time of the calling thread, by the C library: on a busy machine the wall clock tells of the others.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID

    public static unsafe double Seconds
    {
        get
        {
            Time time;
            if (GetTime(ThreadCpuTime, &time) != 0) throw new InvalidOperationException("this system has no processor time of threads");
            return time.Seconds + time.Nanoseconds * 1e-9;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static unsafe partial int GetTime(int clock, Time* time);

    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
