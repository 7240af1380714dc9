using System.Formats.Tar;
using System.IO.Compression;
using Lockstep.Models.Weights;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Shards;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Data.Shards;
using Lockstep.Node.Tests.Images;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>All that is fed with mutated input.</summary>
internal static class FuzzTargets
{
    private const int Width = 24, Height = 20;

    public static IReadOnlyList<FuzzTarget> All() => [Jpeg(), Png(), Webp(), Tar(), Weights("pth", PthFiles.Seeds()) with { Parts = PthFiles.Entries, Mend = PthFiles.MendChecksums }, Weights("safetensors", [Safetensors()])];

    private static FuzzTarget Jpeg()
    {
        var rgb = Pictures.Gradient(Width, Height);
        var baseline = JpegEncoder.EncodeRgb(rgb, Width, Height);
        byte[] cmyk = [.. rgb.Chunk(3).SelectMany(p => p.Append((byte)200))];
        byte[][] seeds =
        [
            baseline,
            JpegEncoder.EncodeRgb(rgb, Width, Height, progressive: true),
            JpegEncoder.EncodeGrey(new byte[Width * Height], Width, Height),
            JpegEncoder.EncodeCmyk(cmyk, Width, Height),
            ArithmeticJpeg.Bytes,
            HandMadeJpeg.Insert(baseline, HandMadeJpeg.App1, HandMadeExif.WriteWithName(6)),
            HandMadeJpeg.Insert(baseline, HandMadeJpeg.App2, [.. "ICC_PROFILE\0"u8, 1, 1, 0, 0]),
        ];
        return Image("jpeg", seeds) with { Parts = HandMadeJpeg.Segments };
    }

    private static FuzzTarget Png()
    {
        byte[] palette = [.. Enumerable.Range(0, 48).Select(i => (byte)(i * 5))];
        int[] Samples(int channels, int depth, int x, int y) => [.. Enumerable.Range(0, channels).Select(c => x * 31 + y * 17 + c * 7 & (1 << depth) - 1)];
        var seeds = new List<byte[]> { PngEncoder.Encode(Pictures.Gradient(Width, Height), Width, Height, PngPixels.Rgb) };
        foreach (var (colorType, channels, depth) in new[] { (0, 1, 1), (0, 1, 16), (2, 3, 8), (3, 1, 4), (4, 2, 8), (6, 4, 16) })
            foreach (var interlaced in new[] { false, true })
                seeds.Add(HandMadePng.Write(Width, Height, depth, colorType, (x, y) => Samples(channels, depth, x, y), interlaced, colorType == 3 ? palette : null, CompressionLevel.NoCompression));
        seeds.Add(HandMadePng.Insert(seeds[7], "IDAT", "tRNS", [0, 100, 255]));
        seeds.Add(HandMadePng.Insert(seeds[0], "IDAT", "eXIf", HandMadeExif.Write(5, little: false)));
        seeds.Add(HandMadePng.Insert(seeds[0], "IDAT", "gAMA", [0, 0, 0xB1, 0x8F]));
        seeds.Add(HandMadePng.Insert(seeds[0], "IEND", "tEXt", [.. "Comment\0something"u8]));
        return Image("png", seeds) with { Parts = HandMadePng.Chunks, Mend = HandMadePng.MendChecksums };
    }

    private static FuzzTarget Webp()
    {
        var rgb = Pictures.Gradient(Width, Height);
        byte[] rgba = [.. rgb.Chunk(3).SelectMany((p, i) => p.Append((byte)i))];
        var lossless = WebpEncoder.EncodeLossless(rgb, Width, Height);
        byte[][] seeds =
        [
            WebpEncoder.Encode(rgb, Width, Height),
            lossless,
            WebpEncoder.Encode(rgba, Width, Height),
            WebpEncoder.EncodeLossless(rgba, Width, Height),
            HandMadeWebp.WithExif(lossless, Width, Height, HandMadeExif.Write(8)),
            HandMadeWebp.Extend(lossless, Width, Height, HandMadeWebp.Profile, [("ICCP", [1, 2, 3])], []),
            HandMadeWebp.Animate(lossless, Width, Height),
        ];
        return Image("webp", seeds) with { Parts = HandMadeWebp.Chunks, Mend = HandMadeWebp.MendSize };
    }

    private static FuzzTarget Tar()
    {
        var longName = $"{new string('d', 90)}/{new string('n', 90)}.jpg";
        byte[][] seeds =
        [
            Tars.Of("cat/1.jpg", "cat/2.jpg", "dog/3.png"),
            Tars.Of(TarEntryFormat.Ustar, ("0.jpg", "pixels"), ("0.cls", "4"), ("1.jpg", "more"), ("1.cls", "0")),
            Tars.Of(TarEntryFormat.Gnu, (longName, "pixels"), ("b.jpg", "")),
            Tars.Of(TarEntryFormat.Pax, (longName, "pixels"), ("é.jpg", "x")),
            Tars.Of(Tars.Entry(TarEntryFormat.Ustar, TarEntryType.Directory, "cat/"), Tars.File(TarEntryFormat.Ustar, "cat/1.jpg", new string('x', 700))),
        ];
        return new FuzzTarget("tar", seeds, Feed, e => e is DataException or IOException) { Parts = Tars.Blocks, Mend = Tars.MendChecksums };

        static void Feed(ReadOnlySpan<byte> input)
        {
            using var tar = new MemoryStream(input.ToArray());
            new ShardSamples().AddAll(tar, "fuzzed", null);
        }
    }

    // Whatever opens can be read, tensor by tensor; its names can be looked through for a network.
    private static FuzzTarget Weights(string name, IReadOnlyList<byte[]> seeds)
    {
        return new FuzzTarget(name, seeds, Feed, e => e is InvalidDataException);

        static void Feed(ReadOnlySpan<byte> input)
        {
            using var file = WeightsFile.Open(new MemoryStream(input.ToArray()), "fuzzed");
            foreach (var tensor in file.Weights.Where(w => w.Count <= 1 << 20)) file.ReadInto(tensor.Name, new float[tensor.Count]);
            try
            {
                _ = BackboneWeights.ShapeOf(NetworkWeights.Of(file, "teacher"), new BackboneHints(Heads: 3));
            }
            catch (InvalidDataException)
            {
                // Tensors that are no backbone: the file itself is good.
            }
        }
    }

    private static byte[] Safetensors()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream,
            [new("teacher.backbone.cls_token", [1, 1, 4], () => new float[4]), new("b", [2, 3], () => new float[6]), new("c", [], () => new float[1]), new("d", [0], () => [])],
            new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }

    // What is decoded has the size that its header tells, and the bytes behind it may be read.
    private static FuzzTarget Image(string name, IReadOnlyList<byte[]> seeds)
    {
        var (decoder, image) = (new ImageDecoder(), new DecodedImage());
        return new FuzzTarget(name, seeds, Feed, e => e is ImageDecodeException);

        void Feed(ReadOnlySpan<byte> input)
        {
            var known = ImageInfo.TryRead(input, out var info);
            decoder.Decode(input, image);
            if (!known) throw new InvalidOperationException("decoded, but its header could not be read");
            if ((image.Width, image.Height) != (info.UprightWidth, info.UprightHeight))
                throw new InvalidOperationException($"{image.Width} x {image.Height} pixels, but the header says {info.UprightWidth} x {info.UprightHeight}");
            if (image.PaddedPixels.Length != image.Width * image.Height * 3 + DecodedImage.SlackBytes)
                throw new InvalidOperationException("the pixels have another length than their size says");
        }
    }
}
