/** A local stand-in for the API of three shops. It is flaky, and some of its orders are invalid. */

/** An order as the API returns it: any field may be missing. */
export interface RawOrder {
  id?: number;
  item?: string;
  count?: number;
  price?: number;
}

const ORDERS: Record<string, RawOrder[]> = {
  north: [
    { id: 1, item: "tea", count: 3, price: 4 },
    { id: 2, item: "mug", count: 1, price: 9 },
    { id: 3, item: "pot", count: 1, price: 30 },
  ],
  south: [
    { id: 4, item: "tea", count: 10, price: 4 },
    { id: 5, item: "mug", count: -1, price: 9 },
    { id: 6, item: "mug", count: 2, price: 9 },
  ],
  west: [
    { id: 7, item: "pot", count: 2, price: 30 },
    { id: 8, item: "tea", count: 5, price: 4 },
    { id: 9, item: "pot", count: 1, price: 30 },
    { id: 10, item: "mug", count: 4, price: 9 },
  ],
};

/** Starts the server on a free port. It answers the first request for the south with a 503. */
export function startShopServer(): Deno.HttpServer<Deno.NetAddr> {
  let isWarm = false;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const shop = new URL(url).pathname.slice("/orders/".length);
    if (shop === "south" && !isWarm) {
      isWarm = true;
      return new Response("warming up", { status: 503 });
    }
    return Response.json(ORDERS[shop] ?? [], { status: shop in ORDERS ? 200 : 404 });
  });
}
