using System.Globalization;

namespace Lockstep.Node.Samples;

/// <summary>
/// A labelled set of sample pictures on disk: train/CLASS/NNNN.jpg and test/CLASS/NNNN.jpg beside a manifest.
/// Each file appears whole or not at all, so an interrupted set is completed by writing it again.
/// </summary>
public static class SampleSet
{
    // Test pictures are drawn far behind the training pictures: a larger training set leaves them as they are.
    private const int FirstTestIndex = 1_000_000;
    private const string Part = ".part";

    /// <summary>Writes the set, or completes or reuses the equal one that is there.</summary>
    /// <param name="folder">Absent, empty, or a sample set of equal parameters; anything else is refused.</param>
    /// <param name="trainPerClass">Pictures a class for training, 1 or more.</param>
    /// <param name="testPerClass">Pictures a class for testing, 0 or more.</param>
    /// <param name="seed">Equal seeds give equal pictures.</param>
    /// <param name="size">Side in pixels, 8 or more.</param>
    /// <param name="encodeJpeg">Turns pixels into the bytes of a file.</param>
    /// <param name="progress">Called with (pictures done, pictures in all) after each picture.</param>
    public static SampleSetResult Write(
        string folder, int trainPerClass, int testPerClass, ulong seed, int size, EncodeImage encodeJpeg,
        Action<int, int>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trainPerClass);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(trainPerClass, FirstTestIndex);
        ArgumentOutOfRangeException.ThrowIfNegative(testPerClass);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 8);
        ArgumentNullException.ThrowIfNull(encodeJpeg);

        var manifest = new SampleManifest(seed, size, trainPerClass, testPerClass);
        if (RefusalOf(folder, manifest) is { } refusal) return new SampleSetResult(0, 0, refusal);

        // The manifest first: from here on the folder is known as ours, however the work ends.
        Directory.CreateDirectory(folder);
        WriteWhole(Path.Combine(folder, SampleManifest.FileName), manifest.ToBytes());

        var rgb = new byte[SampleImage.SizeBytes(size)];
        var (written, reused, all) = (0, 0, SampleClass.All.Count * (trainPerClass + testPerClass));
        foreach (var (part, first, count) in new[] { ("train", 0, trainPerClass), ("test", FirstTestIndex, testPerClass) })
        {
            foreach (var sampleClass in SampleClass.All)
            {
                var classFolder = Path.Combine(folder, part, sampleClass.Name);
                if (count > 0) Directory.CreateDirectory(classFolder);
                for (var i = 0; i < count; i++)
                {
                    var path = Path.Combine(classFolder, i.ToString("0000", CultureInfo.InvariantCulture) + ".jpg");
                    if (File.Exists(path))
                    {
                        reused++;
                    }
                    else
                    {
                        SampleImage.Render(sampleClass.Index, first + i, seed, size, rgb);
                        WriteWhole(path, encodeJpeg(rgb, size, size));
                        written++;
                    }
                    progress?.Invoke(written + reused, all);
                }
            }
        }
        return new SampleSetResult(written, reused);
    }

    private static string? RefusalOf(string folder, SampleManifest wanted)
    {
        if (File.Exists(folder)) return $"{folder} is a file: name a folder for the sample set.";
        if (!Directory.Exists(folder)) return null;
        if (SampleManifest.TryRead(folder) is { } found)
        {
            return found == wanted
                ? null
                : $"{folder} holds another sample set ({found}; asked for: {wanted}): name another folder, or delete this one.";
        }
        var foreign = Directory.EnumerateFileSystemEntries(folder)
            .FirstOrDefault(entry => Path.GetFileName(entry) != SampleManifest.FileName + Part);
        return foreign is null
            ? null
            : $"{folder} is not empty and not a sample set (it holds {Path.GetFileName(foreign)}): name an empty or new folder.";
    }

    private static void WriteWhole(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + Part, bytes);
        File.Move(path + Part, path, overwrite: true);
    }
}
