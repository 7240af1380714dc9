using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Session;

internal sealed partial class SessionConnector
{
    private static partial class Log
    {
        [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "The coordinator at {Coordinator} does not answer yet; trying again in {PauseSeconds} s: {Reason}")]
        public static partial void Retrying(ILogger logger, Uri coordinator, double pauseSeconds, string reason);
    }
}
