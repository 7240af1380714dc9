using Lockstep.Coordinator.Journal;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>Random schedules of records and faults, each replayable from its seed.</summary>
public sealed class JournalScheduleTests
{
    [Fact]
    public void Schedules_OfRecordsAndFaults_KeepEveryDurableRecordAndInventNone()
    {
        var (cuts, failures, replacements) = (0, 0, 0);
        for (var seed = 0; seed < 600; seed++)
        {
            var schedule = new Schedule(seed);
            schedule.Run(events: 80);
            cuts += schedule.PowerCuts;
            failures += schedule.Failures;
            replacements += schedule.Replacements;
        }
        Assert.True(cuts > 1000 && failures > 1000 && replacements > 1000, $"the schedules are too kind: {cuts} power cuts, {failures} failed records, {replacements} replacements");
    }

    private sealed class Schedule(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly SimulatedDisk _disk = new(seed);
        private ManualTime _time = new();
        private readonly List<Snapshot> _accepted = []; // since the last durable record, which is the first
        private readonly List<Snapshot> _attempted = []; // records that failed: they may be there after a power cut
        private FileJournal? _journal;
        private int _number;

        public int PowerCuts { get; private set; }

        public int Failures { get; private set; }

        public int Replacements => _disk.Replacements;

        public void Run(int events)
        {
            _accepted.Add(JournalState.Empty.ToSnapshot().Snapshot);
            for (var at = 0; at < events; at++)
            {
                try
                {
                    if (_journal is null) Open();
                    else Happen(_journal);
                }
                catch (PowerCutException)
                {
                    CutPower();
                }
            }
        }

        private void Open()
        {
            if (_random.Next(4) == 0) _disk.PowerCutAt = 1 + _random.Next(6);
            _journal = FileJournal.Open(_disk, _time, _ => { });
            var found = _journal.State.ToSnapshot().Snapshot;
            Assert.True(_accepted.Concat(_attempted).Contains(found), $"seed {seed}: found {found.CommittedSteps} steps, epoch {found.Epoch}; {_accepted[0].CommittedSteps} to {_accepted[^1].CommittedSteps} were promised");
            Promise(found);
        }

        private void Happen(FileJournal journal)
        {
            switch (_random.Next(12))
            {
                case 0: CutPower(); break;
                case 1: _disk.PowerCutAt ??= 1 + _random.Next(12); break;
                case 2: _disk.Capacity = _disk.Content.Length + _random.Next(30); break;
                case 3: _disk.Capacity = long.MaxValue; break;
                case 4: _disk.FailingSyncs = _random.Next(3); break;
                case 5: _disk.FailingCuts = _random.Next(2) == 0; break;
                case 6 or 7: _time.Advance(FileJournal.SyncDelay); break;
                default: Append(journal, durable: _random.Next(3) == 0); break;
            }
        }

        private void Append(FileJournal journal, bool durable)
        {
            var record = Next(journal.State);
            var next = journal.State.Apply(record).ToSnapshot().Snapshot;
            _attempted.Add(next); // until it is accepted, and for good when the power goes meanwhile
            try
            {
                journal.Append(record, durable);
            }
            catch (JournalException)
            {
                Failures++;
                return;
            }
            _attempted.Remove(next);
            if (durable) Promise(next);
            else _accepted.Add(next);
        }

        // Numbers make every state different; bulk makes compactions.
        private JournalRecord Next(JournalState state)
        {
            var bulk = _random.Next(6) == 0 ? _random.Next(400_000) : 5;
            return (++_number % 5) switch
            {
                0 => Records.Epoch(_number),
                1 => Records.Generation(_number, state.CommittedSteps),
                _ => Records.Step(state.CommittedSteps, $"{_number}{new string('d', bulk)}"),
            };
        }

        private void Promise(Snapshot durable)
        {
            _accepted.Clear();
            _attempted.Clear();
            _accepted.Add(durable);
        }

        private void CutPower()
        {
            PowerCuts++;
            (_journal, _time) = (null, new()); // its timers die with it
            _disk.Restart();
        }
    }
}
