using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Reduce;

internal sealed partial class HubReducer
{
    private static partial class Log
    {
        [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "Refused a chunk of node number {NodeIndex}: {Reason}")]
        public static partial void Refused(ILogger logger, int nodeIndex, string reason);

        [LoggerMessage(EventId = 1102, Level = LogLevel.Debug, Message = "The exchange stream to node number {NodeIndex} broke: {Detail}")]
        public static partial void StreamBroke(ILogger logger, int nodeIndex, string detail);
    }
}
