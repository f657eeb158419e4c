// Says in words when a passkey or security key could not be used; without this file the browser says it alone.

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.querySelector("[data-key-failed]");
  if (place) place.hidden = false;
});
