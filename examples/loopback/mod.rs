//! A small server on loopback that plays the authorization server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// What it answers to the request of that number, from 0: the status line's end with further headers, and the body.
pub(crate) type Answer = fn(usize) -> (&'static str, String);

/// Starts it; returns the URL of its token endpoint.
pub(crate) fn start(answer: Answer) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}/token", listener.local_addr()?);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let _ = respond(stream, answer(number));
        }
    });
    Ok(endpoint)
}

fn respond(stream: TcpStream, (status, body): (&str, String)) -> std::io::Result<()> {
    let mut reader = BufReader::new(&stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length])?;
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    (&stream).write_all(format!("{head}{body}").as_bytes())
}
