using Lockstep.Models.Chance;
using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

/// <summary>
/// The distribution of crops against 100,000 or 200,000 draws of torchvision 0.14.1 (rrc_stats.safetensors). Means may
/// differ by 5 standard errors of their difference; the seed is fixed, so the test does not flicker.
/// </summary>
public sealed class CropParityTests
{
    private const int Draws = 40_000;

    private static readonly Fixtures s_golden = Fixtures.Load("rrc_stats");

    public static TheoryData<string> Cases => ["cifar_global", "cifar_local", "in_global", "in_local", "tall_global", "supervised"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Draw_ManyTimes_HasTorchvisionsMeans(string name)
    {
        var (width, height) = ((int)s_golden[$"{name}.size_wh"][0], (int)s_golden[$"{name}.size_wh"][1]);
        var scale = s_golden[$"{name}.scale"];
        var spec = Views.Global(32) with { ScaleMin = scale[0], ScaleMax = scale[1] };
        var draws = new CropBox[Draws];
        for (var i = 0; i < Draws; i++)
        {
            var chance = new Philox(ChanceDomain.Augment, 7, 0, (ulong)i);
            draws[i] = RandomResizedCrop.Draw(spec, width, height, ref chance);
        }

        var (means, stds) = (s_golden[$"{name}.mean_top_left_h_w"], s_golden[$"{name}.std_top_left_h_w"]);
        Near("top", means[0], stds[0], draws.Average(d => d.Top));
        Near("left", means[1], stds[1], draws.Average(d => d.Left));
        Near("height", means[2], stds[2], draws.Average(d => d.Height));
        Near("width", means[3], stds[3], draws.Average(d => d.Width));
        var area = s_golden[$"{name}.area_mean_std"];
        Near("area", area[0], area[1], draws.Average(d => d.Width * (double)d.Height / (width * (double)height)));
        var ratio = s_golden[$"{name}.log_ratio_mean_std"];
        Near("log ratio", ratio[0], ratio[1], draws.Average(d => Math.Log((double)d.Width / d.Height)));
        Share("full height", s_golden[$"{name}.frac_full_height"][0], draws.Count(d => d.Height == height));
        Share("full width", s_golden[$"{name}.frac_full_width"][0], draws.Count(d => d.Width == width));

        void Near(string what, double expected, double std, double actual)
        {
            var error = std * Math.Sqrt(1.0 / Draws + 1 / s_golden[$"{name}.n"][0]);
            Assert.True(Math.Abs(actual - expected) <= 5 * error + 1e-6, $"{name} {what}: {actual}, not {expected}; standard error {error}");
        }

        void Share(string what, double expected, int count) =>
            Near(what, expected, Math.Sqrt(Math.Max(expected, 1.0 / Draws) * (1 - expected)), (double)count / Draws);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Size_OfGivenAreaAndRatio_IsTorchvisions(string name)
    {
        var (width, height) = (s_golden[$"{name}.size_wh"][0], s_golden[$"{name}.size_wh"][1]);
        var (areas, ratios, sizes) = (s_golden[$"{name}.det.area_frac"], s_golden[$"{name}.det.log_ratio"], s_golden[$"{name}.det.w_h"]);
        for (var i = 0; i < areas.Length; i++)
        {
            var (w, h) = RandomResizedCrop.Size((double)width * height * areas[i], Math.Exp(ratios[i]));
            Assert.Equal((sizes[2 * i], sizes[2 * i + 1]), (w, h));
        }
    }
}
