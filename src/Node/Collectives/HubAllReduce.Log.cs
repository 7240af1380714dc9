using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Collectives;

public sealed partial class HubAllReduce
{
    private static partial class Log
    {
        [LoggerMessage(EventId = 2101, Level = LogLevel.Debug, Message = "Exchange with the reducer {Hub} for generation {Generation}, {SliceFloats} floats a slice")]
        public static partial void Opened(ILogger logger, Uri hub, long generation, int sliceFloats);
    }
}
