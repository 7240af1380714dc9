using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Reduce;

internal sealed partial class HubReducer
{
    private static partial class Log
    {
        [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "The reducer ended a stream: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
