using Lockstep.Models.Dino;
using Lockstep.Models.Tests.Golden;
using Lockstep.Models.Watch;

namespace Lockstep.Models.Tests.Dino;

public sealed class CollapseWatchTests
{
    private const int K = 4096, Patience = 20; // as docs/dino.md says
    private static readonly double LnK = Math.Log(K);
    private static readonly CollapseNumbers Healthy = new(Loss: 0.7 * LnK, Entropy: 0.55 * LnK, Kl: 0.15 * LnK, PrototypeEntropy: 0.9 * LnK, FeatureStd: 0.5, Dead: 0.1, K);

    public static TheoryData<string, string> Signs => new()
    {
        { "uniform", "sits at ln K (8.318; ln 4096 = 8.318)" },
        { "one_prototype", "as if with 1.6" },
        { "dead_prototypes", "97.0 % of the 4096 prototypes" },
        { "features_alike", "standard deviation 0.050" },
    };

    [Theory]
    [MemberData(nameof(Signs))]
    public void Sign_ThatLasts_IsToldOnce_WithWhatIsSeenAndARemedy(string kind, string seen)
    {
        var story = new Story();
        Assert.Empty(story.Passes(Patience - 1, With(kind)));
        var alarm = Assert.Single(story.Passes(1, With(kind)));
        Assert.Equal(kind, alarm.Kind);
        Assert.Contains(seen, alarm.Text);
        Assert.Matches("(ower|faster with a lower|fewer|raise) (Dino|Optim|Run):", alarm.Text);
        Assert.Empty(story.Passes(1000, With(kind)));
    }

    [Theory]
    [MemberData(nameof(Signs))]
    public void Sign_ThatIsGoneForAsLong_IsToldAgain(string kind, string _)
    {
        var story = new Story();
        story.Passes(Patience, With(kind));
        story.Passes(Patience - 1, Healthy);
        Assert.Empty(story.Passes(Patience, With(kind))); // it was hardly gone
        story.Passes(Patience, Healthy);
        Assert.Equal(kind, Assert.Single(story.Passes(Patience, With(kind))).Kind);
    }

    [Theory]
    [MemberData(nameof(Signs))]
    public void Sign_WithAStepBetween_BeginsAnew(string kind, string _)
    {
        var story = new Story();
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty(story.Passes(Patience - 1, With(kind)));
            Assert.Empty(story.Passes(1, Healthy));
        }
    }

    [Theory]
    [InlineData("uniform", true)]
    [InlineData("features_alike", true)]
    [InlineData("one_prototype", false)]
    [InlineData("dead_prototypes", false)]
    public void Sign_ThatANewNetworkShowsAsWell_DoesNotCountUntilItHasLearnt(string kind, bool waits)
    {
        var story = new Story();
        Assert.Equal(waits ? 0 : 1, story.Passes(500, With(kind), hasLearnt: false).Count);
        Assert.Equal(waits ? 1 : 0, story.Passes(Patience, With(kind)).Count);
    }

    [Theory]
    [InlineData("one_prototype")]
    [InlineData("dead_prototypes")]
    public void Remedy_IsOfWhatKeepsTheAnswersApart(string kind)
    {
        Assert.Contains("lower Dino:CenterMomentum", Assert.Single(new Story().Passes(Patience, With(kind))).Text);
        var sinkhorn = Assert.Single(new Story().Passes(Patience, With(kind) with { HasCentre = false })).Text; // nobody reads its centre
        Assert.DoesNotContain("Dino:CenterMomentum", sinkhorn);
        Assert.Contains("fewer Run:Microbatches", sinkhorn);
    }

    [Theory]
    [InlineData("mean", true)]
    [InlineData("sinkhorn", false)]
    public void Numbers_KnowWhetherThereIsACentre(string centering, bool hasCentre)
    {
        var report = new StepReport(1, Finite: true, new Dictionary<string, double> { ["teacher_entropy"] = 1, ["kl"] = 0, ["prototype_entropy"] = 1, ["feature_std"] = 1 });
        Assert.Equal(hasCentre, CollapseNumbers.Of(report, TinyRun.Dino with { Centering = centering }).HasCentre);
    }

    [Fact]
    public void HealthyRun_HasNoAlarms() => Assert.Empty(new Story().Passes(1000, Healthy));

    [Fact]
    public void TeacherSureOfEachImage_ButNotOfTheSameForAll_IsHealthy() =>
        Assert.Empty(new Story().Passes(1000, Healthy with { Loss = 1, Entropy = 0.05, Kl = 0.95 }));

    [Fact]
    public void NumbersBetween_KeepWhatWasTold()
    {
        var story = new Story();
        story.Passes(Patience, With("one_prototype"));
        story.Passes(1000, Healthy with { PrototypeEntropy = 0.4 * LnK });
        Assert.Empty(story.Passes(1000, With("one_prototype")));
    }

    private static CollapseNumbers With(string kind) => kind switch
    {
        "uniform" => Healthy with { Loss = LnK, Entropy = 0.9999 * LnK, Kl = 0.0001 * LnK, PrototypeEntropy = LnK },
        "one_prototype" => Healthy with { Loss = 0.1, Entropy = 0.05, PrototypeEntropy = 0.5 },
        "dead_prototypes" => Healthy with { Dead = 0.97 },
        _ => Healthy with { FeatureStd = 0.05 },
    };

    private sealed class Story
    {
        private CollapseState _state = CollapseState.Start;

        public List<Alarm> Passes(int steps, CollapseNumbers numbers, bool hasLearnt = true)
        {
            var all = new List<Alarm>();
            for (var step = 0; step < steps; step++)
            {
                (_state, var alarms) = CollapseWatch.Next(_state, numbers, hasLearnt);
                all.AddRange(alarms);
            }
            return all;
        }
    }
}
