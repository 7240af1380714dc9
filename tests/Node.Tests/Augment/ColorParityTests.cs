using System.Globalization;
using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

/// <summary>
/// Colour operations and blur against Pillow 9.4 through torchvision 0.14.1 (color.safetensors). Tolerance 0: these are
/// integers, and the arithmetic is the same. Normalised values: 1e-6, the reference divides in float as we do.
/// </summary>
public sealed class ColorParityTests
{
    private static readonly Fixtures s_golden = Fixtures.Load("color");

    public static TheoryData<string> Pictures => ["photo", "cifar"];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Brightness_OfPillow_IsEqual(string picture) => Check(picture, "brightness.", ColorJitter.Brightness);

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Contrast_OfPillow_IsEqual(string picture) => Check(picture, "contrast.", ColorJitter.Contrast);

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Saturation_OfPillow_IsEqual(string picture) => Check(picture, "saturation.", ColorJitter.Saturation);

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Hue_OfPillow_IsEqual(string picture) => Check(picture, "hue.", HueShift.Apply);

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Greyscale_OfPillow_IsEqual(string picture) => AssertEqual(picture, "grayscale3", x => Greyscale.Apply(x));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Solarize_OfPillow_IsEqual(string picture) => AssertEqual(picture, "solarize128", x => Solarization.Apply(x));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Blur_OfPillow_IsEqual(string picture)
    {
        var shape = s_golden.ShapeOf($"in.{picture}");
        Check(picture, "gaussian_blur_pil.", (x, sigma) => new GaussianBlur().Apply(x, shape[1], shape[2], sigma));
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Chains_OfPillow_AreEqual(string picture)
    {
        AssertEqual(picture, "chain_b1.25_c0.75_s1.15_h0.07", x =>
        {
            ColorJitter.Brightness(x, 1.25f);
            ColorJitter.Contrast(x, 0.75f);
            ColorJitter.Saturation(x, 1.15f);
            HueShift.Apply(x, 0.07f);
        });
        AssertEqual(picture, "chain_s0.9_b0.7_h-0.08_c1.3", x =>
        {
            ColorJitter.Saturation(x, 0.9f);
            ColorJitter.Brightness(x, 0.7f);
            HueShift.Apply(x, -0.08f);
            ColorJitter.Contrast(x, 1.3f);
        });
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Normalize_OfTorchvision_IsClose(string picture)
    {
        var x = (float[])s_golden[$"in.{picture}"].Clone();
        Normalization.Apply(x, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        var expected = s_golden[$"out.{picture}.normalized"];
        for (var i = 0; i < x.Length; i++) Assert.Equal(expected[i], x[i], 1e-6f);
    }

    private delegate void Operation(Span<float> chw, float amount);

    // Every golden tensor of the operation; its name ends in the amount.
    private static void Check(string picture, string operation, Operation apply)
    {
        var prefix = $"out.{picture}.{operation}";
        var names = s_golden.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.True(names.Length >= 3, $"{names.Length} golden tensors of {prefix}");
        foreach (var name in names)
        {
            var amount = float.Parse(name[prefix.Length..], CultureInfo.InvariantCulture);
            AssertEqual(picture, name[$"out.{picture}.".Length..], x => apply(x, amount));
        }
    }

    private static void AssertEqual(string picture, string name, Action<float[]> apply)
    {
        var x = (float[])s_golden[$"in.{picture}"].Clone();
        apply(x);
        var expected = s_golden[$"out.{picture}.{name}"];
        var (wrong, worst) = (0, 0f);
        for (var i = 0; i < x.Length; i++)
        {
            if (x[i] == expected[i]) continue;
            wrong++;
            worst = Math.Max(worst, Math.Abs(x[i] - expected[i]));
        }
        Assert.True(wrong == 0, $"{picture} {name}: {wrong} of {x.Length} values differ, by at most {worst}");
    }
}
