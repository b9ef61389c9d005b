"""`backup`, `restore`, `verify`, `copy`: the archive copied, brought back, looked through. Called by cli."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli import frame, output

if TYPE_CHECKING:
    from aggregator.store.audit import Fault


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (backup, restore, verify, copy):
        app.command(cls=frame.Command)(command)


def backup(
    ctx: typer.Context,
    place: Annotated[Path, typer.Argument(metavar="DEST", help="Folder for backups; or a file (*.sqlite, *.db).")],
    keep: Annotated[int | None, typer.Option(metavar="N", min=1, help="Keep the newest N backups there.")] = None,
    without_files: Annotated[
        bool, typer.Option("--without-files", help="List media, WARC and pruned text with hashes; copy none.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Copy database, config, media and WARC, checked; also while the daemon runs."""
    from aggregator.app import core, safekeeping

    with output.progress("pages") as step:
        made = safekeeping.make(
            frame.config(ctx), place, core.utcnow(), keep=keep, files=not without_files, on_pages=lambda *_: step(None)
        )
    if as_json:
        told = {"path": str(made.path), "bytes": made.bytes, "counts": made.counts, "files": made.files}
        output.as_json(told | {"linked": made.linked, "removed": list(made.removed)})
        return
    counts = ", ".join(output.count(made.counts[name], name) for name in ("article", "revision", "appearance"))
    typer.echo(f"{made.path}: {made.bytes / 2**20:.1f} MB, checked; {counts}")
    if made.files:
        what = "listed" if without_files else f"of which {made.linked} shared with the backup before"
        typer.echo(f"{output.count(made.files, 'file')} of media, WARC and pruned text, {what}")
    if made.removed:
        typer.echo(f"removed {', '.join(made.removed)}")


def restore(
    ctx: typer.Context,
    source: Annotated[
        Path, typer.Argument(metavar="SRC", help="A backup, a folder of backups (the newest), or a file.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Put aside the database that is there.")] = False,
    with_config: Annotated[
        bool, typer.Option("--with-config", help="Bring back the config too; today's is put aside.")
    ] = False,
) -> None:
    """Bring a backup back; refused while a daemon runs. What stood there before is renamed, not removed."""
    from aggregator.app import core, restoring

    config = frame.config(ctx)
    with output.progress("files") as step:
        done = restoring.restore(config, source, core.utcnow(), force=force, with_config=with_config, on_file=step)
    counts = ", ".join(output.count(done.counts[name], name) for name in ("article", "revision", "appearance"))
    typer.echo(f"{done.database}: {counts}, from {done.source}")
    if done.files:
        typer.echo(f"{output.count(done.files, 'file')} of media, WARC and pruned text")
    for path in done.aside:
        typer.echo(f"kept aside: {path}")
    if not with_config and (done.source / "config").is_dir():
        typer.echo(f"the config of the backup is in {done.source / 'config'}; --with-config brings it back as well")
    for error in done.errors:
        typer.echo(error, err=True)
    if done.errors:
        raise typer.Exit(frame.FAILED)


def verify(
    ctx: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what follows from other rows and files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Recompute every hash, compare every table, output and index; 1 when faults are left."""
    from aggregator.app import verifying
    from aggregator.app.core import App

    def told(fault: Fault, mended: bool) -> None:
        if not as_json:
            typer.echo(output.safe(f"{'mended' if mended else 'FAULT'}  {fault.kind}  {fault}"))

    with App(frame.config(ctx)) as app:
        found = verifying.verify(app, repair=repair, on_fault=told)
    if as_json:
        output.as_json(
            {
                "counts": found.counts,
                "mended": [_fault(one) for one in found.mended],
                "faults": [_fault(one) for one in found.left],
                "left": found.remaining,
            }
        )
    else:
        counts = ", ".join(f"{number} {name}" for name, number in found.counts.items())
        faults = output.count(found.remaining, "fault") if found.remaining else "no fault"
        typer.echo(f"{counts}: {faults}{' left' if repair else ''}")
        if found.remaining and not repair and any(one.fix for one in found.left):
            typer.echo("--repair mends what can be mended")
    if found.remaining:
        raise typer.Exit(frame.FAILED)


def copy(
    ctx: typer.Context,
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="An empty database: sqlite:////FILE or postgresql://…")
    ],
) -> None:
    """Copy the database to another one, ids and all, and compare; also while the daemon runs."""
    from aggregator.app import moving

    with frame.app(ctx) as app, output.progress("transactions") as step:
        done = moving.copy(app, to, step)
    if done.anew:
        typer.echo("an earlier copy to that place was stopped half-way; it was thrown away, and this one began anew")
    typer.echo(f"{output.count(sum(done.counts.values()), 'row')} in {len(done.counts)} tables, compared: {done.where}")


def _fault(fault: Fault) -> dict[str, object]:
    return {
        "kind": fault.kind,
        "where": fault.where,
        "what": fault.what,
        "mend": fault.mend,
        "mendable": fault.fix is not None,
    }
