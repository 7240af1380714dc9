using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>The state of a fake node: a chain of digests of the sums that were applied. Served to nodes that are behind.</summary>
internal sealed class FakeState(Identity identity) : Replica.ReplicaBase
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private (long Step, string Digest) _now = (0, "fresh");
    private bool _fetching;

    public (long Step, string Digest) Now
    {
        get
        {
            lock (_gate) return _now;
        }
    }

    /// <summary>Applies a step's sum, and tells the state's digest.</summary>
    public string Apply(long step, string sum)
    {
        if (Now.Step != step) throw new InvalidOperationException($"step {step} cannot be applied to the state of step {Now.Step}");
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Now.Digest + sum)));
        Change((step + 1, digest), fetching: false);
        return digest;
    }

    /// <summary>Brings the state up to a peer's.</summary>
    public async Task FetchAsync(FetchRequest request, IReadOnlyList<string> donors, CancellationToken ct)
    {
        Change((-1, ""), fetching: true);
        foreach (var donor in donors)
        {
            try
            {
                using var channel = Lockstep.Node.Session.CoordinatorChannel.Open(new Uri(donor), identity);
                using var call = new Replica.ReplicaClient(channel).FetchState(request, cancellationToken: ct);
                while (await call.ResponseStream.MoveNext(ct)) Change((call.ResponseStream.Current.Step, call.ResponseStream.Current.Digest), fetching: false);
                if (Now.Step >= request.MinStep) return;
            }
            catch (RpcException)
            {
                // The next one may live.
            }
        }
        throw new IOException("no donor could serve its state");
    }

    public override async Task FetchState(FetchRequest request, IServerStreamWriter<StateChunk> responseStream, ServerCallContext context)
    {
        while (true)
        {
            Task changed;
            lock (_gate) changed = _changed.Task;
            var (step, digest) = Now;
            if (!_fetching && step >= request.MinStep)
            {
                await responseStream.WriteAsync(new StateChunk { Step = step, Digest = digest });
                return;
            }
            await changed.WaitAsync(context.CancellationToken);
        }
    }

    private void Change((long, string) now, bool fetching)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            (_now, _fetching) = (now, fetching);
            (changed, _changed) = (_changed, NewSignal());
        }
        changed.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
