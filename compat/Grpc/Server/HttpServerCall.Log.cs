using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

internal sealed partial class HttpServerCall
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Method} ended with status code '{StatusCode}': {Detail}")]
        public static partial void Failed(ILogger logger, string method, StatusCode statusCode, string detail, Exception? exception);

        [LoggerMessage(2, LogLevel.Information, "{Method} was cancelled by the client or its deadline.")]
        public static partial void Cancelled(ILogger logger, string method, Exception exception);

        [LoggerMessage(3, LogLevel.Error, "Error when executing service method '{Method}'.")]
        public static partial void HandlerThrew(ILogger logger, string method, Exception exception);

        [LoggerMessage(4, LogLevel.Debug, "{Method} exceeded its deadline.")]
        public static partial void DeadlineExceeded(ILogger logger, string method);

        [LoggerMessage(5, LogLevel.Debug, "Ending {Method} at its deadline failed.")]
        public static partial void DeadlineEndFailed(ILogger logger, string method, Exception exception);
    }
}
