# Tries: the host's own addresses in every spelling that some library understands.
SPELLINGS = """
127.0.0.1 127.1 127.0.1 0.0.0.0 0 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 0177.0.1 127.0.0.1.
00000177.0.0.1 127.0.0.01 0x7f.1 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [0:0:0:0:0:0:0:1]
[::1%25lo] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1%lo]
[fd00:ec2::254] 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 [::ffff:169.254.169.254]
100.100.100.200 168.63.129.16 10.0.0.1 172.17.0.1 192.168.0.1 100.64.0.1 224.0.0.1 255.255.255.255 198.18.0.1
127.0.0.2 127.2 ①②⑦.⓪.⓪.① 127。0。0。1 localhost localhost. LOCALHOST ip6-localhost 1.0.0.127.in-addr.arpa
127.0.0.1.nip.io localtest.me
""".split()


def run(args, context):
    stopped = {}
    for host in SPELLINGS[args.get("from", 0) : args.get("to", None)]:
        for port in (args["port"], args["tcp"]):
            try:
                answer = context.fetch(f"http://{host}:{port}/spelled", timeout=3)
            except Exception as error:
                stopped[host] = type(error).__name__
                continue
            if answer.status < 400:
                return {"escaped": f"{host}:{port} {answer.text}"}
            stopped[host] = str(answer.status)
    return {"stopped": sorted(set(stopped.values())), "tried": len(stopped)}
