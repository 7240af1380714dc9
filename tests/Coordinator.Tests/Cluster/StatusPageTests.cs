using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>The status page over a real run of nodes in this process.</summary>
public sealed class StatusPageTests : IDisposable
{
    private static readonly CoordinatorOptions WithPage = TestCluster.Options with { StatusListen = "http://127.0.0.1:0" };
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private readonly HttpClient _http = new();
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Page_AndWhatItNeeds_ComeFromTheCoordinatorAlone()
    {
        await using var cluster = await TestCluster.StartAsync(WithPage);
        var page = new Uri((await cluster.StatusAsync()).StatusPage);

        using var answer = await _http.GetAsync(page).InTime();
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("<title>Lockstep</title>", html);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        foreach (var asset in new[] { "/status.css", "/status.js" })
        {
            Assert.Contains(asset, html);
            var text = await _http.GetStringAsync(new Uri(page, asset)).InTime();
            Assert.DoesNotContain("://", text.Replace("http://www.w3.org/2000/svg", "")); // nothing from elsewhere
        }
    }

    [Fact]
    public async Task Events_FollowTheRunToItsEnd()
    {
        await using var cluster = await TestCluster.StartAsync(WithPage);
        var page = new Uri((await cluster.StatusAsync()).StatusPage);
        await using var events = await _http.GetStreamAsync(new Uri(page, "/events")).InTime();
        using var reader = new StreamReader(events);
        var first = await NextStatusAsync(reader);
        Assert.Equal("waiting", first.GetProperty("phase").GetString());

        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask);
        JsonElement status;
        do status = await NextStatusAsync(reader); while (status.GetProperty("committedSteps").GetString() != "5" || Evaluated(status) is null);
        Assert.Equal(("running", 2), (status.GetProperty("phase").GetString(), status.GetProperty("nodes").GetArrayLength()));
        JsonElement history;
        do history = JsonDocument.Parse(await _http.GetStringAsync(new Uri(page, "/history.json")).InTime()).RootElement; while (Last(history, "steps") < 5); // it is sampled
        Assert.Equal((5, 5, 0.05), (Last(history, "steps"), Last(history, "knnSteps"), history.GetProperty("knn").EnumerateArray().Single().GetDouble()));

        _goOn.SetResult();
        do status = await NextStatusAsync(reader); while (status.GetProperty("phase").GetString() == "running");
        Assert.Equal(("completed", "20"), (status.GetProperty("phase").GetString(), status.GetProperty("committedSteps").GetString()));
        Assert.Equal("20", Evaluated(status)); // the last news come before the end
        Assert.Equal("", (await reader.ReadToEndAsync().InTime()).Trim()); // nothing comes after the end
    }

    [Theory]
    [InlineData("POST", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/status.json", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/../../etc/passwd", HttpStatusCode.NotFound)]
    [InlineData("GET", "/lockstep.v1.Coordinator/GetStatus", HttpStatusCode.NotFound)]
    public async Task Page_OnlyReads_AndOnlyWhatItShows(string verb, string path, HttpStatusCode expected)
    {
        await using var cluster = await TestCluster.StartAsync(WithPage);
        var page = new Uri((await cluster.StatusAsync()).StatusPage);

        using var answer = await _http.SendAsync(new(new HttpMethod(verb), new Uri(page, path))).InTime();

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Viewers_BeyondTheLimit_AreRefused_AndTheRunGoesOn()
    {
        await using var cluster = await TestCluster.StartAsync(WithPage);
        var page = new Uri((await cluster.StatusAsync()).StatusPage);
        var streams = new List<Stream>();
        try
        {
            for (var i = 0; i < 64; i++) streams.Add(await _http.GetStreamAsync(new Uri(page, "/events")).InTime());

            using var refused = await _http.GetAsync(new Uri(page, "/events"), HttpCompletionOption.ResponseHeadersRead).InTime();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("waiting", await _http.GetStringAsync(new Uri(page, "/status.json")).InTime());
        }
        finally
        {
            foreach (var stream in streams) await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task HeadersThatNeverEnd_AreCutOff()
    {
        await using var cluster = await TestCluster.StartAsync(WithPage);
        var page = new Uri((await cluster.StatusAsync()).StatusPage);
        using var slow = new TcpClient();
        await slow.ConnectAsync(page.Host, page.Port);
        await slow.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "u8.ToArray());

        var buffer = new byte[1024];
        var text = new StringBuilder();
        int count;
        while ((count = await slow.GetStream().ReadAsync(buffer).AsTask().InTime()) > 0) text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        Assert.StartsWith("HTTP/1.1 408", text.ToString());
    }

    [Fact]
    public async Task Start_PortOfThePageInUse_IsNamed()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var refused = await Assert.ThrowsAsync<CoordinatorStartException>(() => TestCluster.StartAsync(WithPage with { StatusListen = taken }));

        Assert.Contains($"cannot listen on {taken}", refused.Message);
    }

    [Fact]
    public async Task Page_InARealBrowser_ShowsTheFinishedRun()
    {
        await using var cluster = await TestCluster.StartAsync(WithPage);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask);
        while ((await cluster.StatusAsync()).Knn is null) await Task.Delay(20);
        _goOn.SetResult();
        foreach (var node in cluster.Nodes) await node.Ended.InTime(); // the events end with the run

        var dom = await ShownAsync((await cluster.StatusAsync()).StatusPage, ">20 of 20<", ends: true);

        Assert.Contains(">20 of 20<", dom);
        Assert.Contains("class=\"pill completed\"", dom);
        Assert.Contains("all 20 steps are committed", dom);
        Assert.Contains("<figure id=\"knn-figure\">", dom); // shown, with its two points
        Assert.Contains("k-NN accuracy of the teacher <span id=\"knn-span\" class=\"dim\">20 %</span>", dom);
    }

    [Fact]
    public async Task Page_InARealBrowser_ShowsARunThatGoesOnAfterAFault()
    {
        await using var cluster = await TestCluster.StartAsync(WithPage);
        await cluster.StartNodesAsync(2, (_, step) => step == 7 ? _goOn.Task : Task.CompletedTask);
        while ((await cluster.StatusAsync()).CommittedSteps < 7) await Task.Delay(20);
        await cluster.Nodes[1].KillAsync();
        while ((await cluster.StatusAsync()).Faults.All(fault => !fault.Text.StartsWith("node-1 was lost", StringComparison.Ordinal))) await Task.Delay(20);

        var dom = await ShownAsync((await cluster.StatusAsync()).StatusPage, ">7 of 20<", ends: false); // step 7 stays open meanwhile

        Assert.Contains(">7 of 20<", dom);
        Assert.Contains("class=\"pill running\"", dom);
        Assert.Contains("<br>node-1 was lost", dom);
        _goOn.SetResult();
        Assert.Equal(Finish.Types.Outcome.Completed, (await cluster.Nodes[0].Ended.InTime()).Outcome);
    }

    // The page as Chromium has it when it has the text, or after a minute. One whose events end is read when they have ended (its
    // time stands still meanwhile). One whose events go on is read after some seconds, and more of them where the machine is slow.
    private static async Task<string> ShownAsync(string page, string text, bool ends)
    {
        string[] waits = ends ? ["--virtual-time-budget=2000"] : [];
        var browser = Browsers.FirstOrDefault(File.Exists);
        Assert.SkipUnless(browser is not null, "no Chromium is installed");
        for (var seconds = 1; ; seconds *= 2)
        {
            var profile = Directory.CreateTempSubdirectory();
            try
            {
                string[] arguments = ["--headless", "--no-sandbox", "--disable-gpu", .. waits, $"--user-data-dir={profile.FullName}", $"--timeout={seconds * 1000}", "--dump-dom", page];
                var start = new ProcessStartInfo(browser!, arguments)
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                };
                using var process = Process.Start(start)!;
                var errors = process.StandardError.ReadToEndAsync();
                var dom = await process.StandardOutput.ReadToEndAsync();
                await process.WaitForExitAsync();
                Assert.DoesNotContain("Content Security Policy", await errors);
                if (dom.Contains(text, StringComparison.Ordinal) || seconds > 30) return dom;
            }
            finally
            {
                profile.Delete(recursive: true);
            }
        }
    }

    private static long Last(JsonElement history, string curve) => history.GetProperty(curve).EnumerateArray().LastOrDefault() is { ValueKind: JsonValueKind.Number } step ? step.GetInt64() : 0;

    private static string? Evaluated(JsonElement status) =>
        status.TryGetProperty("knn", out var knn) ? knn.GetProperty("step").GetString() : null;

    private static async Task<JsonElement> NextStatusAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync().InTime() is { } line)
        {
            if (line != "event: status") continue;
            var data = await reader.ReadLineAsync().InTime();
            return JsonDocument.Parse(data!["data: ".Length..]).RootElement;
        }
        throw new InvalidOperationException("the events ended without a status");
    }
}
