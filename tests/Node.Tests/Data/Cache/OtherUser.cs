using System.Runtime.InteropServices;
using Xunit;

namespace Lockstep.Node.Tests.Data.Cache;

/// <summary>Files as a user without rights sees them, where tests run as root: for the calling thread alone.</summary>
internal static class OtherUser
{
    private const int Nobody = 65534;

    /// <summary>Only root can be another one.</summary>
    public static bool IsPossible => Environment.IsPrivilegedProcess;

    public static void Do(Action action)
    {
        if (IsPossible) setfsuid(Nobody);
        try
        {
            action();
        }
        finally
        {
            if (IsPossible) setfsuid(0);
        }
    }

    /// <param name="mode">Rights, octal.</param>
    public static void SetMode(string path, string mode) => Assert.Equal(0, chmod(path, Convert.ToUInt32(mode, 8)));

    [DllImport("libc")]
    private static extern int setfsuid(int user);

    [DllImport("libc")]
    private static extern int chmod(string path, uint mode);
}
