namespace Lockstep.Protos;

/// <summary>A plan as its members read it.</summary>
public static class PlanMembers
{
    /// <summary>The member with a number, or null.</summary>
    public static Member? MemberOf(this Plan plan, int nodeIndex)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Members.FirstOrDefault(member => member.NodeIndex == nodeIndex);
    }

    /// <summary>The microbatches of a member at a step of the generation.</summary>
    public static MicrobatchSet WorkAt(this Plan plan, Member member, long step)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(member);
        return step == plan.FirstStep ? member.FirstWork.ToSet(plan.Microbatches) : MicrobatchSet.Of(member.Work.ToBlock());
    }
}
