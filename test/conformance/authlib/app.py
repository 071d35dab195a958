"""A web application of somebody else: Flask, with Authlib as its OpenID Connect client, set up as Authlib's documentation says."""

import os
import secrets

from authlib.integrations.flask_client import OAuth
from flask import Flask, abort, redirect, request, session, url_for
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.serving import make_server

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
# Logins by the `sid` of their ID tokens: what a logout token names.
logins = {}


def keep_refreshed(token, refresh_token=None, access_token=None):
    for login in logins.values():
        if login["token"]["refresh_token"] == refresh_token:
            login["token"] = token
            login["refreshes"] += 1


oauth = OAuth(app)
oauth.register(
    name="lanyard",
    client_id=CLIENT_ID,
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile groups offline_access",
        "code_challenge_method": "S256",
    },
    update_token=keep_refreshed,
)


@app.get("/")
def home():
    login = logins.get(session.get("sid"))
    if login is None:
        return redirect(url_for("log_in"))
    user = login["user"]
    return f"<h1>Inside</h1><p>{user['preferred_username']}: {','.join(user['groups'])}</p>"


@app.get("/login")
def log_in():
    return oauth.lanyard.authorize_redirect(url_for("callback", _external=True))


@app.get("/callback")
def callback():
    token = oauth.lanyard.authorize_access_token()
    user = token["userinfo"]
    session["sid"] = user["sid"]
    logins[user["sid"]] = {"token": token, "user": user, "refreshes": 0}
    return redirect(url_for("home"))


@app.get("/me")
def me():
    """Asks userinfo with a token that is taken for expired, which Authlib refreshes by itself."""
    login = logins.get(session.get("sid")) or abort(401)
    expired = {**login["token"], "expires_at": 1}
    answer = oauth.lanyard.get(oauth.lanyard.load_server_metadata()["userinfo_endpoint"], token=expired)
    return f"<p>{answer.json()['preferred_username']} {login['refreshes']}</p>"


@app.get("/logout")
def log_out():
    token = (logins.get(session.get("sid")) or abort(401))["token"]
    end = oauth.lanyard.load_server_metadata()["end_session_endpoint"]
    return redirect(f"{end}?id_token_hint={token['id_token']}")


@app.post("/backchannel")
def backchannel():
    """OpenID Connect Back-Channel Logout 1.0, section 2.6."""
    keys = KeySet.import_key_set(oauth.lanyard.fetch_jwk_set())
    token = jwt.decode(request.form["logout_token"], keys, algorithms=["RS256", "ES256"])
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": CLIENT_ID},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
        sid={"essential": True},
    ).validate(token.claims)
    if token.header["typ"] != "logout+jwt" or token.claims["events"] != {LOGOUT_EVENT: {}}:
        abort(400)
    if "nonce" in token.claims or logins.pop(token.claims["sid"], None) is None:
        abort(400)
    return "", 200


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ["PORT"]), app, threaded=True)
    print("ready", flush=True)
    server.serve_forever()
