using System.Reflection;

namespace Lockstep.Architecture.Tests;

/// <summary>What src/BannedSymbols.txt forbids, in the compiled code: the analyzer does not see x += y.</summary>
public sealed class ScalarTests
{
    private const int MemberReferences = 0x0A000000;

    // What is safe: these make no Scalar.
    private static readonly string[] TensorOperators = ["op_Subtraction", "op_Multiply", "op_Division"];

    [Theory]
    [InlineData("Lockstep.Models.dll", true)] // Arithmetic.cs, which holds them
    [InlineData("Lockstep.Node.dll", false)]
    [InlineData("lockstep.dll", false)]
    public void Code_MakesScalarsInArithmeticOnly(string assembly, bool mayUseScalars)
    {
        var members = MembersOfTorchSharp(Path.Combine(Source.Root, "src/Cli/bin/Release/net10.0", assembly)).ToList();
        Assert.NotEmpty(members);
        var offending = members.Where(m =>
            (!mayUseScalars && Uses(m, "Scalar"))
            || m.DeclaringType!.Name is "TensorExtensionMethods" or "ScalarExtensionMethods"
            || (m.Name.StartsWith("op_", StringComparison.Ordinal) && m.DeclaringType!.Name == "Tensor" && m.GetParameters().Length == 2
                && !(TensorOperators.Contains(m.Name) && m.GetParameters().All(p => p.ParameterType.Name == "Tensor")))
            || (m.Name is "add" or "add_" && m.GetParameters().Length == (m.IsStatic ? 2 : 1) && !Uses(m, "Scalar")));
        Assert.Empty(offending.Select(m => $"{m.DeclaringType}.{m}"));
    }

    private static bool Uses(MethodBase method, string type) => method.DeclaringType!.Name == type || method.GetParameters().Any(p => p.ParameterType.Name == type);

    private static IEnumerable<MethodBase> MembersOfTorchSharp(string path)
    {
        var module = Assembly.LoadFrom(path).ManifestModule;
        for (var row = 1; ; row++)
        {
            MemberInfo? member;
            try
            {
                member = module.ResolveMember(MemberReferences | row);
            }
            catch (ArgumentOutOfRangeException)
            {
                yield break; // the last was the one before
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException or FileNotFoundException)
            {
                continue; // of an open generic type, or of ASP.NET Core: none of TorchSharp's
            }
            if (member is MethodBase method && method.Module.Assembly.GetName().Name == "TorchSharp") yield return method;
        }
    }
}
