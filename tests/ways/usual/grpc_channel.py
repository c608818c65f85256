"""A gRPC channel to a server that is not there."""

import grpc

with grpc.insecure_channel("127.0.0.1:9") as channel:
    try:
        channel.unary_unary("/shop.Orders/Get")(b"", timeout=0.3)
    except grpc.RpcError:
        pass
