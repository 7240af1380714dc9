using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>
/// Finds the shim: LOCKSTEP_TORCH_LIBRARY (a full path), then next to the assembly, then .lockstep/native of the
/// repository that the assembly lies in.
/// </summary>
internal static class NativeLibraryLocator
{
    internal const string LibraryName = "lockstep_torch";
    private const string FileName = "liblockstep_torch.so";
    private const string PathVariable = "LOCKSTEP_TORCH_LIBRARY";

    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLocator).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != LibraryName)
            return 0;
        var path = Find();
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException exception)
        {
            throw new DllNotFoundException(
                $"{path} is there but cannot be loaded, so libtorch is missing or another one than it was built against. " +
                $"Run ./lockstep setup. ({exception.Message})");
        }
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen)
        {
            return File.Exists(chosen)
                ? chosen
                : throw new DllNotFoundException(
                    $"{PathVariable} names {chosen}, which does not exist. Correct it, or unset it and run ./lockstep setup.");
        }

        var looked = Candidates().ToList();
        return looked.Find(File.Exists) ?? throw new DllNotFoundException(
            $"{FileName}, through which the stand-in for TorchSharp reaches libtorch, has not been built: run ./lockstep setup " +
            $"(or compat/TorchSharp/native/build.sh). Looked for {string.Join(", ", looked)}.");
    }

    private static IEnumerable<string> Candidates()
    {
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, ".lockstep")))
                yield return Path.Combine(folder.FullName, ".lockstep", "native", FileName);
        }
    }
}
