namespace Lockstep.Models.Weights;

/// <summary>An open file of named tensors, checked; values are read one tensor at a time. Not thread-safe.</summary>
public interface IWeightsFile : IDisposable
{
    /// <summary>The file's path, or what stands for it in messages.</summary>
    string FileName { get; }

    /// <summary>What kind of file it is, in words.</summary>
    string Format { get; }

    /// <summary>The tensors, by name in ordinal order.</summary>
    IReadOnlyCollection<WeightTensor> Weights { get; }

    /// <summary>Strings that the file carries beside the tensors; often none.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads a tensor as float32, row-major, into memory of the right length. Half types convert exactly, others round.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, its size is another, or its type or its bytes cannot be used.</exception>
    void ReadInto(string name, Span<float> values);
}
