"""An identity provider of one client: OAuth 2's client credentials, tokens of two minutes that nobody has signed. Prints where it listens."""
import base64
import http.server
import json
import time

CLIENT, SECRET = "token-user", "open-sesame"


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class Provider(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        login = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != login:
            self.reply(401, {"error": "invalid_client", "error_description": "no such client, or another secret"})
            return
        now = int(time.time())
        token = part({"alg": "none"}) + "." + part({"sub": CLIENT, "iat": now, "exp": now + 120}) + "."
        self.reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 120})

    def reply(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
print(f"http://127.0.0.1:{server.server_port}/token", flush=True)
server.serve_forever()
