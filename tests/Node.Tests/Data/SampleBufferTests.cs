using Lockstep.Node.Data;
using Lockstep.Node.Data.Inspection;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Tests.Augment;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Data;

public sealed class SampleBufferTests
{
    private const int Kept = 64 << 20;

    [Theory]
    [InlineData(Kept, true)]
    [InlineData(Kept + 1, false)]
    public void Trim_Buffer_LetsGoOfAHugeOne(int length, bool kept)
    {
        var before = GC.AllocateUninitializedArray<byte>(length);
        var buffer = before;
        SampleBuffer.Trim(ref buffer);
        Assert.Equal(kept, ReferenceEquals(before, buffer));
    }

    [Theory]
    [InlineData(nameof(SampleLoader), true)]
    [InlineData(nameof(SampleLoader), false)]
    [InlineData(nameof(LabelledImages), true)]
    [InlineData(nameof(LabelledImages), false)]
    [InlineData(nameof(SampleInspector), true)]
    [InlineData(nameof(SampleInspector), false)]
    [InlineData(nameof(ColorReader), true)]
    [InlineData(nameof(ColorReader), false)]
    [InlineData(nameof(HeaderReader), true)]
    [InlineData(nameof(HeaderReader), false)]
    public void Read_HugeFile_KeepsNoBufferOfItsLength(string reader, bool isImage)
    {
        var source = new HugeFiles(isImage ? Pictures.GradientJpeg(20, 20) : "not an image"u8.ToArray());
        using var loader = new SampleLoader(source, 1, [Views.Plain(4)], new BrokenSamples(1));
        using var images = new LabelledImages(source, 4, [0, 0, 0], [1, 1, 1]);
        using var inspector = new SampleInspector(source, 1);
        using var colors = new ColorReader(source);
        using var headers = new HeaderReader(source);
        Action read = reader switch
        {
            nameof(SampleLoader) => () => loader.Load(new SamplePosition(0, 0), [new float[48]], 0),
            nameof(LabelledImages) => () => images.Read(0, new float[48]),
            nameof(SampleInspector) => () => inspector.Inspect(0, []),
            nameof(ColorReader) => () => colors.Read(0),
            _ => () => headers.Read(0),
        };
        for (var i = 0; i < 2; i++) _ = Record.Exception(read); // what is no image may be refused
        Assert.InRange(source.Given.Count, 2, int.MaxValue);
        Assert.All(source.Given, length => Assert.Equal(0, length));
    }

    /// <summary>A file that says it is longer than what buffers may keep, and how long the buffers are that it is given.</summary>
    private sealed class HugeFiles(byte[] file) : ISampleSource
    {
        private readonly byte[] _huge = [.. file, .. new byte[Kept]];

        public List<int> Given { get; } = [];

        public int Count => 1;
        public IReadOnlyList<long> ShardStarts => [0];
        public IReadOnlyList<string> Classes => [];
        public string Fingerprint => "huge";

        public string NameOf(int index) => "huge.jpg";

        public int? LabelOf(int index) => null;

        public int Read(int index, ref byte[] buffer)
        {
            Given.Add(buffer.Length);
            buffer = _huge;
            return file.Length;
        }
    }
}
