using Lockstep.Node.Membership;

namespace Lockstep.World.Tests;

/// <summary>States from peer to peer: what StateFetch and ReplicaService do in production.</summary>
internal sealed partial class SimNode
{
    private const int Pieces = 3;
    private const double FetchSilence = 30;
    private readonly List<Action> _asking = [];

    // Who asked for a later state looks again.
    private void Changed()
    {
        var asking = _asking.ToArray();
        _asking.Clear();
        foreach (var ask in asking) ask();
    }

    private void AcceptFetch(Connection stream, StateAsk ask)
    {
        if (stream.IsOver) return;
        if (ask.Run != Run)
        {
            stream.Close(this, new($"this node belongs to run '{Run}', not '{ask.Run}'", IsEcho: false));
            return;
        }
        if (!IsWhole || Step < ask.MinStep || _applying)
        {
            _asking.Add(() => AcceptFetch(stream, ask));
            return;
        }
        Send(stream, Step, State, ask.ResumeStep == Step ? ask.ResumePiece : 0);
    }

    private void Send(Connection stream, long step, ulong state, int piece) => After(World.Chance.Between(0.005, 0.06), () =>
    {
        if (stream.IsOver) return;
        if (piece < Pieces)
        {
            stream.Down(new StatePiece(step, piece, state));
            Send(stream, step, state, piece + 1);
            return;
        }
        stream.Down(new StateDone(step, state));
        stream.Close(this, new("it closed the stream", IsEcho: true));
    });

    private void Fetch(NodeEffect.Fetch fetch)
    {
        if (!IsWhole && _fetching) throw new WorldViolation($"{Name} is told to fetch while it fetches");
        if (_applying) throw new WorldViolation($"{Name} is told to fetch while it applies a step");
        if (IsComputing) throw new WorldViolation($"{Name} is told to fetch while it computes");
        (IsWhole, _phase, _fetching) = (false, "fetch", true);
        FetchFrom(fetch, 0, new (long, ulong)[Pieces], new(fetch.Run, fetch.MinStep, 0, 0));
    }

    private void FetchFrom(NodeEffect.Fetch fetch, int donor, (long Step, ulong State)[] pieces, StateAsk ask)
    {
        if (donor == fetch.Donors.Count)
        {
            _fetching = false;
            Post(new NodeEvent.FetchFailed("no peer could serve its state"));
            return;
        }
        if (World.NodeAt(fetch.Donors[donor]) is not { } peer)
        {
            After(World.Latency(), () => FetchFrom(fetch, donor + 1, pieces, ask));
            return;
        }
        var (over, heard) = (false, World.Now);
        Connection? stream = null;
        stream = World.Connect(this, peer, ask, message =>
        {
            if (over) return;
            heard = World.Now;
            switch (message)
            {
                case StatePiece piece:
                    (Step, State) = (piece.Step, 0);
                    pieces[piece.Number] = (piece.Step, piece.State);
                    ask = ask with { ResumeStep = piece.Step, ResumePiece = piece.Number + 1 };
                    _progress++;
                    break;
                case StateDone done when pieces.All(piece => piece == (done.Step, done.State)):
                    over = true;
                    stream!.Close(this, new("done", IsEcho: true));
                    Receive(done);
                    break;
                case StateDone:
                    ask = ask with { ResumeStep = 0, ResumePiece = 0 };
                    GoOn();
                    break;
                default:
                    GoOn();
                    break;
            }
        });
        Watch();

        void GoOn()
        {
            over = true;
            stream!.Close(this, new("it gave up", IsEcho: true));
            FetchFrom(fetch, donor + 1, pieces, ask);
        }

        void Watch() => After(1, () =>
        {
            if (over) return;
            if ((World.Now - heard).TotalSeconds >= FetchSilence) GoOn();
            else Watch();
        });
    }

    private void Receive(StateDone done)
    {
        (Step, State, IsWhole, _fetching) = (done.Step, done.State, true, false);
        World.Truth.Fetched(this);
        Changed();
        Post(new NodeEvent.Fetched(done.Step, Arithmetic.Text(done.State)));
    }
}
