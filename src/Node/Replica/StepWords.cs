using Lockstep.Models;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>A step's report as the coordinator hears of it.</summary>
internal static class StepWords
{
    /// <summary>Adds the report of the step before to what is said of a sum.</summary>
    public static void Tell(StepReport report, Prepared prepared)
    {
        foreach (var (name, value) in report.Values) prepared.Values[name] = value;
        foreach (var alarm in report.Alarms) prepared.Alarms.Add(new RunAlarm { Kind = alarm.Kind, Text = alarm.Text });
    }
}
