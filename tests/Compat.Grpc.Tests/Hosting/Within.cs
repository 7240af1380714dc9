using System.Runtime.CompilerServices;
using Grpc.Core;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests.Hosting;

/// <summary>Bounds every wait of a test, so that a hang is a failure with a place.</summary>
internal static class Within
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Task InTime(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null) =>
        task.WaitAsync(Limit).ContinueWith(
            done => done.Exception?.InnerException is TimeoutException
                ? throw new TimeoutException($"'{what}' took longer than {Limit.TotalSeconds} s.")
                : done,
            TaskScheduler.Default).Unwrap();

    public static async Task<T> InTime<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        await InTime((Task)task, what);
        return await task;
    }

    /// <summary>The status with which that call fails.</summary>
    public static async Task<RpcException> FailsAsync(Func<Task> call) => await Assert.ThrowsAsync<RpcException>(() => call().InTime());

    /// <summary>The status with which that unary call fails.</summary>
    public static Task<RpcException> FailsAsync<T>(AsyncUnaryCall<T> call) => FailsAsync(() => call.ResponseAsync);

    public static async Task<List<T>> ToListAsync<T>(this IAsyncStreamReader<T> stream)
    {
        var items = new List<T>();
        while (await stream.MoveNext(CancellationToken.None).InTime())
        {
            items.Add(stream.Current);
        }

        return items;
    }
}
