//! Spans and figures through a collector that others wrote: what it takes in, it hands on to ours.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::receiver::Receiver;
use crate::support::{Fleet, LONG, Roster, lacking, need, wait_until};

/// Rotel, between a supervisor and our own receiver; it ends with the value.
struct Collector {
    child: Child,
    endpoint: String,
}

impl Collector {
    /// None where it cannot be installed: there is no network.
    fn before(receiver: &Receiver, home: &Path) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/otlp/install.sh");
        let installed = Command::new("sh").arg(script).output().unwrap();
        if !installed.status.success() {
            let why = String::from_utf8_lossy(&installed.stderr);
            lacking(&format!("collector: {}", why.lines().last().unwrap_or_default()));
            return None;
        }
        let program = String::from_utf8(installed.stdout).unwrap();
        let (http, grpc) = (free(), free());
        let log = std::fs::File::create(home.join("collector.log")).unwrap();
        let child = Command::new(program.trim())
            .args(["start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"])
            .args(["--otlp-exporter-endpoint", &receiver.endpoint()])
            .args(["--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc])
            .args(["--batch-timeout", "50ms"])
            .arg("--pid-file")
            .arg(home.join("collector.pid"))
            .arg("--log-file")
            .arg(home.join("collector.out"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let collector = Self { child, endpoint: format!("http://{http}") };
        wait_until("the collector listens", LONG, || std::net::TcpStream::connect(&http).is_ok());
        Some(collector)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// An address that nobody listened on a moment ago.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn a_foreign_collector_takes_every_span_and_figure_and_hands_them_on_unchanged() {
    if !need("tmux") {
        return;
    }
    let receiver = Receiver::start();
    let fleet = Fleet::new();
    let Some(collector) = Collector::before(&receiver, fleet.home()) else { return };
    fleet.roster(&Roster::new().stub("ada"));
    let mut up = fleet.command(&["fleet", "up"]);
    up.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)
        .env("OTEL_METRIC_EXPORT_INTERVAL", "50")
        .env("OTEL_BSP_SCHEDULE_DELAY", "20");
    fleet.finished(&mut up).ended(0);
    fleet.mosaic(&["send", "ada", "hello", "--verify"]).ended(0);
    let tenant = fleet.row("ada")["tenant"].as_str().unwrap().to_owned();

    let queued = fleet.events().into_iter().find(|event| event["type"] == "message.queued");
    let queued = queued.unwrap()["traceparent"].as_str().unwrap().to_owned();
    let spans =
        receiver.wait_until(LONG, |spans| spans.iter().any(|span| span.name == "mosaic.send"));
    let send = spans.iter().find(|span| span.name == "mosaic.send").unwrap();
    assert_eq!(format!("00-{}-{}-01", send.trace_id, send.span_id), queued, "ids as journaled");
    assert_eq!(send.attributes["mosaic.tenant"], tenant);
    assert_eq!(send.events.first().map(|(name, _)| name.as_str()), Some("queued"));
    assert_eq!(send.resource["service.name"], "mosaic");

    let is_rtt = |figure: &crate::receiver::Figure| figure.name == "mosaic.heartbeat.rtt";
    let figures = receiver.wait_for_figures(LONG, |figures| figures.iter().any(is_rtt));
    let rtt = figures.into_iter().find(is_rtt).unwrap();
    assert_eq!((&*rtt.unit, &*rtt.attributes["mosaic.agent"]), ("s", "ada"));
    assert_eq!(rtt.attributes["mosaic.tenant"], tenant);
    // What the collector refused would be counted here.
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    let log = std::fs::read_to_string(fleet.state("supervisor.log")).unwrap();
    assert!(!log.contains("collector"), "{log}");
}
