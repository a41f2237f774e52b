#!/usr/bin/env python3
"""shop.py ADDRESS [NAME] [PASSWORD]: buys something in the demo shop over HTTP, with the standard library alone.

Signs NAME up (a new one, if not told), logs in, looks at what there is, fills a cart, orders it and reads the order back.
ADDRESS is what `shop up` prints, such as http://127.0.0.1:8080.
"""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

PATIENCE = 60  # seconds for one request, tries and waits together
AGAIN = {429, 502, 503, 504}


class Refused(Exception):
    """What the shop answered instead: an application/problem+json of RFC 9457."""

    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('code') or problem.get('title')}: {problem.get('detail')}")
        self.status, self.code, self.detail = status, problem.get("code"), problem.get("detail")


def quoted(part):
    return urllib.parse.quote(part, safe="")


class Shop:
    def __init__(self, address):
        self.address = address.rstrip("/")
        self.token = None

    def ask(self, method, path, body=None, **query):
        """The answer's JSON, or None where there is none. Asks again when the shop is busy, or a node of it died.

        What changes something goes out under one Idempotency-Key however often it is sent, so it happens once.
        """
        url = self.address + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        data = None if body is None else json.dumps(body).encode()
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=10) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                problem = json.loads(error.read() or b"{}")
                wait = min(float(error.headers.get("Retry-After") or 0.2), 5)
                if error.code not in AGAIN or time.monotonic() + wait > end:
                    raise Refused(error.code, problem) from None
            except OSError as error:
                wait = 0.5
                if time.monotonic() + wait > end:
                    raise SystemExit(f"the shop at {self.address} does not answer: {error}") from None
            time.sleep(wait)

    def sign_up(self, name, password):
        self.ask("POST", "/users", {"name": name, "password": password, "fullName": name.title()})

    def log_in(self, name, password):
        self.token = self.ask("POST", "/login", {"name": name, "password": password})["accessToken"]


def money(cents):
    return f"{cents / 100:.2f}"


def refusal(what, ask):
    """Shows what a request is refused with."""
    try:
        ask()
    except Refused as refused:
        print(f"{what}: {refused.status} {refused.code or ''}".rstrip())
    else:
        raise SystemExit(f"{what}: it was not refused")


def main(address, name=None, password="correct horse battery"):
    name = name or "py-" + uuid.uuid4().hex[:12]
    shop = Shop(address)

    # --- who we are ---
    shop.sign_up(name, password)
    refusal("a wrong password", lambda: shop.log_in(name, "not the password"))
    shop.log_in(name, password)
    print(f"logged in as {name}")

    # --- what there is ---
    found = shop.ask("GET", "/products", sort="priceUp", limit=5)
    for product in found["products"]:
        print(f"  {product['sku']:<14} {product['name']:<20} {money(product['priceCents']):>8}, {product['onHand']} on hand")
    goods = next((one for one in found["products"] if one["onHand"] >= 2 and one["onSale"]), None)
    if not goods:
        raise SystemExit("there is nothing to buy")

    # --- a cart, and money to pay with ---
    cart = f"/carts/{quoted(name)}"
    shop.ask("PUT", f"{cart}/items/{quoted(goods['sku'])}", {"quantity": 2})
    total = shop.ask("GET", cart)["totalCents"]
    print(f"cart: 2 of {goods['sku']}, {money(total)}")
    shop.ask("POST", f"/accounts/{quoted(name)}/deposits", {"reference": "first", "cents": total})

    # --- the order ---
    placed = shop.ask("POST", "/orders", {"address": "1 Elm Street", "totalCents": total})
    order = placed["order"]
    end = time.monotonic() + PATIENCE
    while placed["status"] == "placing" and time.monotonic() < end:
        time.sleep(0.2)
        placed = shop.ask("GET", f"/orders/{quoted(order)}")
    print(f"order: {placed['status']}, {money(placed['totalCents'])}")
    print(f"my orders: {len(shop.ask('GET', '/orders')['orders'])}")

    # --- what is refused ---
    refusal("an empty cart", lambda: shop.ask("POST", "/orders", {"address": "1 Elm Street"}))
    refusal("a list of everybody", lambda: shop.ask("GET", "/users"))


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
