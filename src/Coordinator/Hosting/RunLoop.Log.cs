using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Hosting;

internal sealed partial class RunLoop
{
    private static partial class Log
    {
        [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "{Reason}")]
        public static partial void Decided(ILogger logger, string reason);

        [LoggerMessage(EventId = 1002, Level = LogLevel.Warning, Message = "{Message}")]
        public static partial void Warned(ILogger logger, string message);
    }
}
