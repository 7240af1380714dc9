using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Hosting;

internal static partial class StartLog
{
    [LoggerMessage(1010, LogLevel.Warning, "a checkpoint was passed over: {Message}")]
    public static partial void Damaged(ILogger logger, string message);

    [LoggerMessage(1011, LogLevel.Warning, "{Message}")]
    public static partial void Data(ILogger logger, string message);

    [LoggerMessage(1012, LogLevel.Information, "{Node}: {Cache}")]
    public static partial void Cache(ILogger logger, string node, string cache);

    [LoggerMessage(1013, LogLevel.Information, "the run {Weights}")]
    public static partial void Weights(ILogger logger, string weights);

    [LoggerMessage(1014, LogLevel.Warning, "Model:Arch={Arch} on a GPU: cuDNN may choose convolutions whose sums have no fixed order, so equal digests are not promised. A ViT has no convolutions")]
    public static partial void Convolutions(ILogger logger, string arch);
}
