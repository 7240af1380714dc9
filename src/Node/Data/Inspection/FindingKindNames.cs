using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Inspection;

/// <summary>How kinds of findings are called and which of them matter.</summary>
public static class FindingKindNames
{
    /// <summary>True for what training cannot use; false for what it uses.</summary>
    public static bool IsFault(this FindingKind kind) => kind <= FindingKind.Unsupported;

    /// <summary>True for what training replaces by another sample. What cannot be read is not: it waits for that, and then stops.</summary>
    public static bool IsReplaced(this FindingKind kind) => kind.IsFault() && kind != FindingKind.Unreadable;

    /// <summary>Name in lists and summaries.</summary>
    public static string NameOf(this FindingKind kind) => kind switch
    {
        FindingKind.Unreadable => "unreadable",
        FindingKind.Empty => "empty",
        FindingKind.NotAnImage => "not-an-image",
        FindingKind.Truncated => "truncated",
        FindingKind.Corrupt => "corrupt",
        FindingKind.TooLarge => "too-large",
        FindingKind.Animated => "animated",
        FindingKind.Unsupported => "unsupported",
        FindingKind.Cmyk => "cmyk",
        FindingKind.SixteenBit => "16-bit",
        FindingKind.Turned => "turned",
        FindingKind.FirstPicture => "first-picture",
        FindingKind.Tiny => "tiny",
        FindingKind.WrongExtension => "wrong-extension",
        FindingKind.Duplicate => "duplicate",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no kind of finding"),
    };

    internal static FindingKind Of(ImageFault fault) => fault switch
    {
        ImageFault.Empty => FindingKind.Empty,
        ImageFault.UnknownFormat => FindingKind.NotAnImage,
        ImageFault.Truncated => FindingKind.Truncated,
        ImageFault.Corrupt => FindingKind.Corrupt,
        ImageFault.TooLarge => FindingKind.TooLarge,
        ImageFault.Animated => FindingKind.Animated,
        ImageFault.Unsupported => FindingKind.Unsupported,
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no kind of finding"),
    };
}
