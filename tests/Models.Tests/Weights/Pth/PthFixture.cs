using Lockstep.Models.Weights;

namespace Lockstep.Models.Tests.Weights.Pth;

/// <summary>The files of tests/Fixtures/pth, which a real PyTorch made; make_pth.py there says how.</summary>
internal static class PthFixture
{
    public static string PathOf(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "tests", "Fixtures", "pth", name);
            if (File.Exists(path)) return path;
        }
        throw new FileNotFoundException($"no fixture pth/{name}: run inside the repository");
    }

    public static IWeightsFile Open(string name) => WeightsFile.Open(PathOf(name));

    /// <summary>Number i of tensor t: ((37 i + 101 t) mod 61 - 30) / 4.</summary>
    public static float[] Values(int count, int number) => [.. Enumerable.Range(0, count).Select(i => (Ramp(i, number) - 30) / 4f)];

    /// <summary>(37 i + 101 t) mod 61.</summary>
    public static int Ramp(int index, int number) => (index * 37 + number * 101) % 61;

    public static float[] Read(this IWeightsFile file, string name)
    {
        var values = new float[file.Weights.Single(w => w.Name == name).Count];
        file.ReadInto(name, values);
        return values;
    }
}
