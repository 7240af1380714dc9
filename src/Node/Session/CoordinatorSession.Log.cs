using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Session;

public sealed partial class CoordinatorSession
{
    private static partial class Log
    {
        [LoggerMessage(EventId = 2010, Level = LogLevel.Information, Message = "Node {Node} is welcome in run {Run} as number {NodeIndex}")]
        public static partial void Welcomed(ILogger logger, string node, string run, int nodeIndex);

        [LoggerMessage(EventId = 2011, Level = LogLevel.Information, Message = "The run ends {Outcome}: {Reason}")]
        public static partial void Finished(ILogger logger, Finish.Types.Outcome outcome, string reason);

        [LoggerMessage(EventId = 2012, Level = LogLevel.Error, Message = "The coordinator at {Coordinator} was lost: {Detail}")]
        public static partial void Lost(ILogger logger, Uri coordinator, string detail);
    }
}
