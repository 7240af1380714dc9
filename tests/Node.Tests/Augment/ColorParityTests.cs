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
    public void Brightness_OfPillow_IsEqual(string picture) => Check(picture, "brightness.", (x, factor) => Run(x, PointOperation.Brightness(factor)));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Contrast_OfPillow_IsEqual(string picture) => Check(picture, "contrast.", Contrast);

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Saturation_OfPillow_IsEqual(string picture) => Check(picture, "saturation.", (x, factor) => Run(x, PointOperation.Saturation(factor)));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Hue_OfPillow_IsEqual(string picture) => Check(picture, "hue.", (x, shift) => Run(x, PointOperation.Hue(shift)));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Greyscale_OfPillow_IsEqual(string picture) => AssertEqual(picture, "grayscale3", x => Run(x, PointOperation.Greyscale));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Solarize_OfPillow_IsEqual(string picture) => AssertEqual(picture, "solarize128", x => Run(x, PointOperation.Solarize));

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
            var points = new PointPass();
            points.Add(PointOperation.Brightness(1.25f));
            points.Add(PointOperation.Contrast(0.75f, points.MeanGrey(x)));
            points.Add(PointOperation.Saturation(1.15f));
            points.Add(PointOperation.Hue(0.07f));
            points.Run(x);
        });
        AssertEqual(picture, "chain_s0.9_b0.7_h-0.08_c1.3", x =>
        {
            var points = new PointPass();
            points.Add(PointOperation.Saturation(0.9f));
            points.Add(PointOperation.Brightness(0.7f));
            points.Add(PointOperation.Hue(-0.08f));
            points.Add(PointOperation.Contrast(1.3f, points.MeanGrey(x)));
            points.Run(x);
        });
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Normalize_OfTorchvision_IsClose(string picture)
    {
        var x = new float[s_golden[$"in.{picture}"].Length];
        var normalization = new Normalization();
        normalization.Use([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        new PointPass().Run(Bytes(picture), normalization, x);
        var expected = s_golden[$"out.{picture}.normalized"];
        for (var i = 0; i < x.Length; i++) Assert.Equal(expected[i], x[i], 1e-6f);
    }

    private delegate void Operation(byte[] planes, float amount);

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

    private static void AssertEqual(string picture, string name, Action<byte[]> apply)
    {
        var x = Bytes(picture);
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

    private static byte[] Bytes(string picture) => Array.ConvertAll(s_golden[$"in.{picture}"], x => (byte)x);

    private static void Run(byte[] planes, PointOperation operation)
    {
        var points = new PointPass();
        points.Add(operation);
        points.Run(planes);
    }

    private static void Contrast(byte[] planes, float factor)
    {
        var points = new PointPass();
        points.Add(PointOperation.Contrast(factor, points.MeanGrey(planes)));
        points.Run(planes);
    }
}
