using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Index;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Index;

public sealed class FeatureIndexTests
{
    private static readonly IndexOrigin s_origin = new("/run", "teacher", "digest", null, null, 3, "/images");
    private static readonly FeatureIndex s_index = new(
        new FeatureSet([1, 2, 3, 4, 5, 0.1f], [1, 0, 1]), ["a\t\"1\".jpg", "b,2.jpg", "c.jpg"], ["cat", "dog"], s_origin);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        using var folder = new DataFolder();
        s_index.Write(folder.PathOf("f.npy"));
        var found = FeatureIndex.Read(folder.PathOf("f.npy"));
        Assert.Equal(s_index.Features.Values.ToArray(), found.Features.Values.ToArray());
        Assert.Equal(s_index.Features.Labels, found.Features.Labels);
        Assert.Equal(s_index.Files, found.Files);
        Assert.Equal(s_origin, found.Origin);
        Assert.Equal("dog", found.ClassOf(2));
        Assert.Equal("file\tclass\na\\t\"1\".jpg\tdog\nb,2.jpg\tcat\nc.jpg\tdog\n", File.ReadAllText(folder.PathOf("f.tsv")));
    }

    [Fact]
    public void Read_FilesOfTwoIndexes_AreRefused()
    {
        using var folder = new DataFolder();
        s_index.Write(folder.PathOf("f.npy"));
        File.Delete(folder.PathOf("f.json"));
        Assert.Contains("lockstep embed", Assert.Throws<InvalidDataException>(() => FeatureIndex.Read(folder.PathOf("f.npy"))).Message, StringComparison.Ordinal);
        (s_index with { Features = new FeatureSet([1, 2], [0]), Files = ["a.jpg"] }).Write(folder.PathOf("g.npy"));
        File.Copy(folder.PathOf("g.json"), folder.PathOf("f.json"));
        Assert.Contains("does not belong", Assert.Throws<InvalidDataException>(() => FeatureIndex.Read(folder.PathOf("f.npy"))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.PathOf("f.json"), "{");
        Assert.Contains("f.json", Assert.Throws<InvalidDataException>(() => FeatureIndex.Read(folder.PathOf("f.npy"))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.PathOf("f.json"), "{}");
        Assert.Contains("does not belong", Assert.Throws<InvalidDataException>(() => FeatureIndex.Read(folder.PathOf("f.npy"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_QuotesWhatNeedsIt()
    {
        using var writer = new StringWriter();
        FeatureTable.Write(writer, s_index);
        Assert.Equal("file,class,f0,f1\n\"a\t\"\"1\"\".jpg\",dog,1,2\n\"b,2.jpg\",cat,3,4\nc.jpg,dog,5,0.1\n", writer.ToString());
    }
}
