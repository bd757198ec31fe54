/** What a person does on the phone, as the control bodies of the two simulators. */

const KINDS = {
  whatsapp: { photo: "image" },
  telegram: {},
};
const SHOWN = {
  whatsapp: { voice: "audio", contact: "contacts", list_reply: "interactive", button_reply: "interactive" },
  telegram: {},
};

/** Who the simulator shows a message of this kind as; our own bubble on its way out has the same type. */
export const shownType = (service, type) => SHOWN[service][type] ?? type;

export function fileBody(service, kind, media, caption) {
  return { type: KINDS[service][kind] ?? kind, media, ...(caption ? { text: caption } : {}) };
}

export function contactBody(service, { name, phone }) {
  if (service === "telegram") return { type: "contact", node: { first_name: name, phone_number: phone } };
  return { type: "contacts", node: [{ name: { formatted_name: name, first_name: name }, phones: [{ phone, type: "CELL" }] }] };
}

export function locationBody({ latitude, longitude, name }) {
  return { type: "location", latitude, longitude, ...(name ? { name } : {}) };
}

export function forwarded(service, body, from) {
  if (service === "whatsapp") return { ...body, forwarded: true };
  const origin = { type: "hidden_user", sender_user_name: from, date: Math.floor(Date.now() / 1000) };
  return { ...body, forward_origin: origin };
}

/** Done at once, without anything to fill in: the body, and what our own bubble shows meanwhile. */
export const ACTS = {
  late: { type: "text", text: "Hello, I wrote this yesterday", late_hours: 25 },
  ad: {
    type: "text", text: "Is this one still to be had?",
    referral: {
      source_url: "https://fb.me/1", source_type: "ad", source_id: "120", headline: "3 rooms by the park",
      body: "Open house on Saturday", media_type: "image", ctwa_clid: "ARAk",
    },
  },
  order: {
    type: "order", text: "Both, please",
    node: {
      catalog_id: "338", text: "Both, please",
      product_items: [
        { product_retailer_id: "SKU-1", quantity: 1, item_price: 25, currency: "EUR" },
        { product_retailer_id: "SKU-2", quantity: 2, item_price: 9.5, currency: "EUR" },
      ],
    },
  },
  unsupported: { type: "unsupported" },
};

export function numberBody({ name, phone }, newPhone) {
  const body = `User ${name} changed from ${phone} to ${newPhone}`;
  return { type: "system", node: { body, wa_id: newPhone, type: "user_changed_number" } };
}

const target = (service, { id }) => (service === "whatsapp" ? { target: id } : { message_id: id });

export const editBody = (service, message, text) => ({ type: "edit", ...target(service, message), text });
export const reactionBody = (service, message, emoji) => ({ type: "reaction", ...target(service, message), emoji });
export const deleteBody = (service, message) =>
  ({ type: service === "whatsapp" ? "revoke" : "delete", ...target(service, message) });

/** A pressed button, or a chosen row of a list. */
export function pressBody(service, message, choice) {
  if (service === "telegram") return { type: "callback", message_id: message.id, data: choice.data };
  if (message.type === "template") return { type: "button", payload: choice.id, text: choice.title, reply_to: message.id };
  const { id, title, description } = choice;
  const isRow = Boolean(message.rows);
  return {
    type: isRow ? "list_reply" : "button_reply", id, title, reply_to: message.id,
    ...(isRow && description ? { description } : {}),
  };
}
