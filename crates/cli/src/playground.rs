//! `lapidary playground`

mod chain;
mod recording;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use playground::{Embedded, Folder, Given, Server, Site, Start};

use crate::Wrong;
use crate::arguments::Playground;
use crate::files::reason;
use crate::say::say;

/// Serves the page with what the command line names, until somebody ends it.
pub(crate) fn playground(arguments: &Playground) -> Result<(), Wrong> {
    let site = site(arguments.site.as_deref())?;
    let mut start = Start::of(&*site).map_err(said)?;
    let mut given = Given::default();
    let chain = chain::give(arguments, &mut start, &mut given)?;
    if let Some(path) = &arguments.recording {
        recording::give(path, &mut start, &mut given)?;
    }
    let server = open(arguments, &mut start)?;
    start.give(&mut given);
    say!("chain: {chain}");
    say!("Ctrl-C ends it");
    server.run(site, given);
    Ok(())
}

fn site(folder: Option<&Path>) -> Result<Box<dyn Site>, Wrong> {
    if let Some(folder) = folder {
        return Ok(Box::new(Folder::new(folder.into())));
    }
    match Embedded::page() {
        Some(page) => Ok(Box::new(page)),
        None => Err("this lapidary was built without its page: run `make build`".to_owned().into()),
    }
}

/// Opens the ports, and says where they are.
fn open(arguments: &Playground, start: &mut Start) -> Result<Server, Wrong> {
    let page = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let mut server =
        Server::open(arguments.port).map_err(|error| cannot(page, &error, "--port"))?;
    let Some(address) = arguments.listen else {
        say!("{}", server.address());
        return Ok(server);
    };
    let address =
        server.listen(address).map_err(|error| cannot(address, &error, "--listen ADDR"))?;
    let endpoint = format!("http://{address}");
    say!("{}", server.address());
    say!(
        "spans of a Collector are taken, and kept in memory only, with this exporter in its traces pipeline:"
    );
    say!("exporters:");
    say!("  otlp_http/playground: {{ endpoint: \"{endpoint}\" }}");
    start.listen(endpoint);
    Ok(server)
}

fn cannot(address: SocketAddr, error: &io::Error, option: &str) -> Wrong {
    said(match error.kind() {
        ErrorKind::AddrInUse => format!("{address} is in use; choose another with {option}"),
        _ => format!("{address}: {}", reason(error)),
    })
}

fn said(problem: String) -> Wrong {
    format!("lapidary playground: {problem}").into()
}
