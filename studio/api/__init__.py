"""Our own routes beside the pages: pictures, sign-in, health. FastAPI, mounted under ``/api``."""

from studio.api.app import create_api, lifespan, routes

__all__ = ["create_api", "lifespan", "routes"]
