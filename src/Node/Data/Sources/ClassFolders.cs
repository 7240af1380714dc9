using System.Text;

namespace Lockstep.Node.Data.Sources;

/// <summary>Classes by folder, as torchvision's ImageFolder has them: the first part of each name, in ordinal order.</summary>
internal static class ClassFolders
{
    /// <summary>Classes and the label of each name; none at all if a name has no folder.</summary>
    public static (string[] Classes, int[] Labels) Of(NameTable names)
    {
        var numbers = new ClassNumbers();
        var labels = new int[names.Count];
        ReadOnlySpan<byte> last = [];
        for (var i = 0; i < labels.Length; i++)
        {
            var name = names.Utf8(i);
            var slash = name.IndexOf((byte)'/');
            if (slash < 0) return ([], []);
            // Neighbours mostly share their class: no string for them.
            if (i > 0 && name[..slash].SequenceEqual(last))
            {
                labels[i] = labels[i - 1];
                continue;
            }
            last = name[..slash];
            labels[i] = numbers.Of(Encoding.UTF8.GetString(last));
        }
        // Ordinal order of paths is not ordinal order of first parts: '-' sorts before '/'.
        var (classes, places) = numbers.Order();
        foreach (ref var label in labels.AsSpan()) label = places[label];
        return (classes, labels);
    }
}
